"""Other context sources: what they registered, which requests concern them, how answers come together (clauses 4.3, 5.9 to 5.12)."""  # noqa: E501
