"""One thin module a Lambda function: read the request, call the domain, answer."""

from email_list import private_logs

private_logs.install()
