"""A real SFTP server on loopback: asyncssh serving one folder to one user, with a key or a password."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh

USER, PASSWORD = "roi", "s3cret-of-sftp"
WAIT = 20.0


class OneUser(asyncssh.SSHServer):
    """Lets one user in by password; by key as `authorized_client_keys` says."""

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)


@dataclass(frozen=True)
class SftpServer:
    """Where it is reached, and the public key it has."""

    port: int
    host_key: str

    def address(self, path: str) -> str:
        return f"sftp://{USER}@127.0.0.1:{self.port}{path}"


@contextmanager
def sftp_server(folder: Path, *, authorized: Path | None = None) -> Iterator[SftpServer]:
    """Serve `folder` as `/` until the block ends.

    Args:
        folder: what is served.
        authorized: a file of public keys that are let in.
    """
    key = asyncssh.generate_private_key("ssh-ed25519")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=OneUser,
            server_host_keys=[key],
            authorized_client_keys=str(authorized) if authorized else None,
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(folder)),
        )

    async def stop(server: asyncssh.SSHAcceptor) -> None:
        server.close()
        await server.wait_closed()

    try:
        server = asyncio.run_coroutine_threadsafe(start(), loop).result(WAIT)
        public = key.export_public_key().decode().strip()
        yield SftpServer(server.get_port(), public)
        asyncio.run_coroutine_threadsafe(stop(server), loop).result(WAIT)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(WAIT)
        loop.close()
