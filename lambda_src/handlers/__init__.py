"""One thin module a Lambda function: read the request, call the domain, answer."""
