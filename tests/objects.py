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
    settings = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
    }  # fmt: skip
    try:
        with patch.dict(os.environ, settings):
            fsspec.filesystem("s3", skip_instance_cache=True).mkdir("lake")
            yield "s3://lake"
    finally:
        server.stop()
