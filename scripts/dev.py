"""`make dev`: the server with auto-reload, and Vite in front of it; both end with Ctrl-C."""

import os
import signal
import subprocess
import sys

from watchfiles import watch


def main() -> None:
    """Run both until interrupted; restart the server when its code changes."""
    listen = os.environ.get("DESKREEL_LISTEN", "127.0.0.1:8321")
    env = {**os.environ, "DESKREEL_LISTEN": listen, "DESKREEL_API": f"http://{listen}"}
    vite = subprocess.Popen(["npm", "run", "dev", "--silent"], cwd="web", env=env)
    server = None
    try:
        server = subprocess.Popen([sys.executable, "-m", "deskreel", "serve"], env=env)
        for _changes in watch("src/deskreel"):
            server.send_signal(signal.SIGTERM)
            server.wait()
            server = subprocess.Popen([sys.executable, "-m", "deskreel", "serve"], env=env)
    except KeyboardInterrupt:
        pass
    finally:
        for process in (server, vite):
            if process is not None:
                process.terminate()
                process.wait()


if __name__ == "__main__":
    main()
