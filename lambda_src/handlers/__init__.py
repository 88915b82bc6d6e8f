"""One thin module per Lambda function: read the request, call the domain, answer."""

from email_list import private_logs

private_logs.install()
