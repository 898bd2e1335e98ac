"""A stand-in for object storage: moto's server on loopback."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch


@contextmanager
def object_storage() -> Iterator[str]:
    """The URL of an empty bucket; this process and those it starts find it by the usual variables."""
    import fsspec
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    bucket = f"lake-{port}"  # servers of one process share their buckets
    try:
        with endpoint(f"http://{host}:{port}"):
            fsspec.filesystem("s3").mkdir(bucket)
            yield f"s3://{bucket}"
    finally:
        server.stop()


@contextmanager
def endpoint(url: str) -> Iterator[None]:
    """Let object storage be found at an address."""
    import fsspec

    settings = {
        "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
    }  # fmt: skip
    connections = fsspec.get_filesystem_class("s3")
    with patch.dict(os.environ, settings):
        connections.clear_instance_cache()
        yield
        connections.clear_instance_cache()
