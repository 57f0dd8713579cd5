"""Server capability apikeys: keys by which programs use the API on behalf of a user."""
