"""One city's production: PostgreSQL, a schema per tenant, one fenced writer."""
