import asyncio
import socket
from sqlite3 import connect

import pytest

from pipeline.browse.serve import application, serve
from pipeline.errors import LagebildError, SettingsError, StoreError
from tests.browse.situation import METADATA, make


def test_a_missing_database_is_said_in_one_line(tmp_path):
    with pytest.raises(StoreError, match=r"gone\.db: no database there; `lagebild init` makes one$"):
        asyncio.run(serve(application(tmp_path / "gone.db", METADATA), "127.0.0.1", 0))


def test_another_database_and_another_file_are_refused(tmp_path):
    connect(tmp_path / "other.db").close()
    with pytest.raises(StoreError, match="not a database of Lagebild"):
        application(tmp_path / "other.db", METADATA)
    (tmp_path / "text.db").write_text("Das ist keine Datenbank, sondern Text. " * 50)
    with pytest.raises(StoreError, match="cannot be read: file is not a database"):
        application(tmp_path / "text.db", METADATA)


@pytest.mark.parametrize("content", [None, "- a\n- b\n", "a: [b\n"])
def test_wrong_metadata_is_said_in_one_line(tmp_path, content):
    metadata = tmp_path / "metadata.yml"
    if content is not None:
        metadata.write_text(content)
    with pytest.raises(SettingsError, match=r"metadata\.yml: ") as caught:
        application(make(tmp_path / "lagebild.db", filled=False), metadata)
    assert "\n" not in str(caught.value)


def test_a_port_in_use_is_named(tmp_path):
    path = make(tmp_path / "lagebild.db", filled=False)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LagebildError, match=f"port {port} on 127.0.0.1 is in use") as caught:
            asyncio.run(serve(application(path, METADATA), "127.0.0.1", port))
    assert type(caught.value) is LagebildError
