"""Small adapters to AWS services; the only modules of the domain that import boto3."""
