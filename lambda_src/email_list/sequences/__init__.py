"""Sequences: series of emails that each person gets at their own pace, such as a welcome series."""
