"""The city as TALQ's central management software: gateways come in over HTTP, lamps behind them are called."""
