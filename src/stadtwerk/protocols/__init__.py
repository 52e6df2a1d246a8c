"""Sans-I/O codecs of the field: bytes in, typed records and arrays out, and back."""
