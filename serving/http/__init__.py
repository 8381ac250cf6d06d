"""HTTP without the application: headers, and errors as responses."""
