"""Artifacts through the proxy and through a run."""

from __future__ import annotations

from tests.contract.conformance.talk import Talk, case, each, nothing

PROXY = "/api/2.0/mlflow-artifacts/artifacts"
SAFE = ("content-disposition", "x-content-type-options", "content-length")


def _root(talk: Talk) -> tuple[str, str, str]:
    """A run, the folder of its artifacts in the proxy, and the URL path to that folder."""
    experiment = talk.experiment()
    run = talk.run(experiment)
    folder = f"{experiment}/{run}/artifacts"
    return run, folder, f"{PROXY}/{folder}"


@case
def a_file_goes_up_and_comes_down(talk: Talk) -> None:
    _, _, url = _root(talk)
    talk.send("PUT", f"{url}/a.txt", raw=b"hello", kind="text/plain")
    talk.get(f"{url}/a.txt", headers=SAFE)
    talk.send("PUT", f"{url}/a.txt", raw=b"shorter", kind=None)
    talk.get(f"{url}/a.txt", headers=SAFE)
    talk.send("PUT", f"{url}/empty", raw=b"", kind=None)
    talk.get(f"{url}/empty", headers=SAFE)
    talk.get(url.replace("/api/", "/ajax-api/") + "/a.txt")


@case
def a_download_has_the_type_of_its_name(talk: Talk) -> None:
    run, _, url = _root(talk)
    for name in ("a.txt", "a.json", "a.csv", "a.html", "a.svg", "a.png", "a.yaml", "a.md", "a.py", "a.log", "MLmodel"):
        talk.set_up_bytes(f"{url}/{name}", b"x")
        talk.get(f"{url}/{name}", headers=SAFE)
        talk.get("/get-artifact", {"run_id": run, "path": name}, headers=SAFE)


@case
def names_may_have_any_letter(talk: Talk) -> None:
    _, folder, url = _root(talk)
    for name in ("with%20space", "%C3%BCn%C3%AF", "plus+sign", "a%26b", "deep/er/still.txt", "percent%2525"):
        talk.send("PUT", f"{url}/{name}", raw=name.encode(), kind=None)
        talk.get(f"{url}/{name}", headers=("content-disposition",))
    talk.get(PROXY, {"path": folder})


@case
def the_proxy_lists_names_sizes_and_folders(talk: Talk) -> None:
    _, folder, url = _root(talk)
    for path in ("b.txt", "a.txt", "dir/c.txt", "dir/sub/d.txt", "Z"):
        talk.set_up_bytes(f"{url}/{path}", b"12345")
    talk.set_up_bytes(f"{url}/new/empty", b"")
    talk.get(PROXY, {"path": f"{folder}/new"}, differs="an empty file")
    for path in ("", "/dir", "/dir/sub", "/none", "/dir/"):
        talk.get(PROXY, {"path": folder + path})
    talk.get(PROXY, {"path": f"{folder}/a.txt"})
    talk.get(PROXY.replace("/api/", "/ajax-api/"), {"path": folder})


@case
def the_proxy_deletes_files_and_folders(talk: Talk) -> None:
    _, folder, url = _root(talk)
    for path in ("a.txt", "dir/b.txt", "dir/sub/c.txt"):
        talk.set_up_bytes(f"{url}/{path}", b"1")
    talk.send("DELETE", f"{url}/a.txt")
    talk.get(PROXY, {"path": folder})
    talk.send("DELETE", f"{url}/dir")
    talk.get(PROXY, {"path": folder})
    talk.send("DELETE", f"{url}/a.txt")
    talk.send("DELETE", f"{url}/none")


@case
def what_is_not_there_is_not_found(talk: Talk) -> None:
    run, _, url = _root(talk)
    talk.set_up_bytes(f"{url}/dir/a.txt", b"1")
    talk.get(f"{url}/none")
    talk.get(f"{url}/dir", differs="error JSON")
    talk.get(f"{url}/dir/a.txt/b")
    talk.get("/get-artifact", {"run_id": run, "path": "none"})
    talk.get("/get-artifact", {"run_id": "none", "path": "a"}, message=True)
    talk.get("/get-artifact", {"run_id": run}, differs="error JSON")


@case
def paths_cannot_leave_the_root(talk: Talk) -> None:
    run, _, url = _root(talk)
    talk.send("PUT", f"{url}/%2Fetc%2Fpasswd", raw=b"x", kind=None, differs="not a crash")
    for path in ("..%2Fa", "a%2F..%2F..%2Fb", "%252e%252e%252fa", "a%23b"):
        talk.send("PUT", f"{url}/{path}", raw=b"x", kind=None)
        talk.get(f"{url}/{path}")
        talk.send("DELETE", f"{url}/{path}")
    talk.send("PUT", f"{url}/..%5Ca", raw=b"x", kind=None, differs="backslash")
    for path in ("../a", "/etc", "a/../../b", "%2e%2e/a", "a#b", "file:///etc"):
        talk.get(PROXY, {"path": path})
        talk.get("artifacts/list", {"run_id": run, "path": path})
        talk.get("/get-artifact", {"run_id": run, "path": path})


@case
def artifacts_of_a_run_are_listed(talk: Talk) -> None:
    run, _, url = _root(talk)
    talk.get("artifacts/list", {"run_id": run})
    for path in ("b.txt", "dir/c.txt", "dir/sub/d.txt"):
        talk.set_up_bytes(f"{url}/{path}", b"12345")
    for path in each(None, "", "dir", "dir/sub", "none", "b.txt", "dir/"):
        talk.get("artifacts/list", {"run_id": run} | ({} if path is None else {"path": path}))
    talk.get("artifacts/list", {"run_uuid": run})
    talk.get("/ajax-api/2.0/mlflow/artifacts/list", {"run_id": run})
    for query in ({}, {"run_id": ""}, {"run_id": "none"}):
        talk.get("artifacts/list", query, message=True)


@case
def a_file_of_a_run_is_an_attachment(talk: Talk) -> None:
    run, _, url = _root(talk)
    talk.set_up_bytes(f"{url}/dir/a.txt", b"hello")
    for query in ({"run_id": run, "path": "dir/a.txt"}, {"run_uuid": run, "path": "dir/a.txt"}):
        talk.get("/get-artifact", query, headers=SAFE)


@case
def a_part_of_a_file_can_be_read(talk: Talk) -> None:
    _, _, url = _root(talk)
    talk.set_up_bytes(f"{url}/a.txt", b"0123456789")
    for part in ("bytes=2-4", "bytes=-3", "bytes=8-", "bytes=0-99"):
        talk.get(f"{url}/a.txt", send_headers={"range": part}, headers=("content-range", "content-length"))
    talk.get(f"{url}/a.txt", send_headers={"range": "bytes=50-60"}, headers=("content-range",), show=nothing)
    talk.send("HEAD", f"{url}/a.txt", show=nothing)
