"""Pulumi's language host for Python, for a `pulumi` that was built without it.

`pulumi` starts it as it starts its own, for each command that runs a program. The server is the one of Pulumi's
Automation API; the program is the project's `__main__.py`, in an interpreter that has run nothing else.

Usage: ``language_host.py ENGINE_ADDRESS``. Prints its port.
"""

import os
import runpy
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2_grpc


class LanguageHost(LanguageServer):
    """Runs the program of the folder that `pulumi` names."""

    def __init__(self, engine_address: str) -> None:
        super().__init__(lambda: None)
        self._engine_address = engine_address

    def Run(self, request: Any, context: Any) -> Any:
        folder = Path(request.info.program_directory)
        sys.path.insert(0, str(folder))

        def program() -> None:
            runpy.run_path(str(folder / "__main__.py"), run_name="__main__")

        self.program = program
        request.args[:] = [self._engine_address]  # where the server looks for it
        response = super().Run(request, context)
        if response.error:  # which the server has told already
            response.error, response.bail = "", True
        return response


def main() -> None:
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))  # how pulumi ends its plugins
    pulumi = os.getppid()
    server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.max_receive_message_length", -1)])
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageHost(sys.argv[-1]), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    while os.getppid() == pulumi:
        server.wait_for_termination(timeout=1)
    os._exit(0)  # whatever of the program still runs, nobody listens to it any more


if __name__ == "__main__":
    main()
