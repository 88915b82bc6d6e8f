"""`make check`: takes a deployed stack from sign-up to removal and says, line by line, whether it works.

It talks to the stack as its users do, over HTTP and by boto3, and shares only the contract with it. Emails go only to
the mailbox simulator of Amazon SES; everything it creates is removed again.
"""


class CheckFailedError(Exception):
    """The stack does not do what it should.

    `reason` says what was seen, `advice` what to do about it. With `logged`, the functions' logs may say more.
    """

    def __init__(self, reason: str, advice: str, logged: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.advice = advice
        self.logged = logged
