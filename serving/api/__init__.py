"""The HTTP interface: schemas, the parsing of requests, responses and routes."""
