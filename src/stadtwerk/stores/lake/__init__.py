"""History that foreign tools open without us: Delta tables of Parquet files, one per observed type."""
