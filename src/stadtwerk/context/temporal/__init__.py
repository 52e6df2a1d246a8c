"""How entities evolved: what was told when, chosen by time, aggregated, shown (ETSI GS CIM 009 clauses 4.5.6 to 4.5.9, 4.11)."""  # noqa: E501
