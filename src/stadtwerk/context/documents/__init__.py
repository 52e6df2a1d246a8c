"""The @context documents that travel with the city, so that none is ever fetched."""
