"""Pulumi's language host for Python, for a `pulumi` that was built without it.

`pulumi` starts it as it starts its own, for each command that runs a program. The server is the one of Pulumi's
Automation API; the program is the project's `__main__.py`, in an interpreter that has run nothing else.

Usage: ``language_host.py ENGINE_ADDRESS``. Prints its port.
"""

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
        return super().Run(request, context)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # pulumi ends its plugins by SIGKILL, after a while of asking
    server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.max_receive_message_length", -1)])
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageHost(sys.argv[-1]), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
