"""NGSI-LD (ETSI GS CIM 009 V1.9.1): terms, query languages, formats; pure, over arrays."""
