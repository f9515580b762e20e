# SPDX-License-Identifier: Apache-2.0
"""A mistake in the configuration gives one line: where it is and what to do. What may come back is waited for, and /readyz says so."""
import base64
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from processes import EXIT_BROKEN, EXIT_OPTIONS, NAMES, free_port, run_to_end
from waiting import eventually

SAMPLE = Path(__file__).resolve().parents[2] / "deploy/aegiops.yaml"
ACCEPTS_NOT = "does not accept the credentials"


def one_line(errors):
    lines = [line for line in errors.splitlines() if line]
    assert len(lines) == 1, f"not one line:\n{errors}"
    return lines[0]


def refused(process, *arguments, **environment):
    """The one line with which a process refuses its options."""
    code, output, errors = run_to_end(process, *arguments, **environment)
    assert (code, output) == (EXIT_OPTIONS, ""), f"exit code {code}\n{output}{errors}"
    return one_line(errors)


@pytest.fixture
def write(tmp_path):
    """Writes a configuration file and returns its path."""
    def make(text):
        path = tmp_path / "aegiops.yaml"
        path.write_text(text)
        return path
    return make


@pytest.mark.parametrize("process", NAMES)
def test_unknown_key_is_refused_with_its_line_and_the_nearest_known_one(process, write):
    path = write("cluster: test\nkafka:\n  bootstrap_server: localhost:9092\n")
    line = refused(process, "--config", path)
    assert f"{path}:3" in line and "bootstrap_server" in line and "bootstrap_servers" in line.replace("bootstrap_server:", "")


@pytest.mark.parametrize("process", NAMES)
def test_unknown_key_of_the_own_section_is_refused_and_those_of_siblings_are_skipped(process, write):
    own = write(f"{process}:\n  listne: ''\n")
    assert f"{own}:2" in refused(process, "--config", own)
    siblings = write("".join(f"{name}:\n  anything: 1\n" for name in NAMES if name != process))
    code, output, errors = run_to_end(process, "--config", siblings, "--check")
    assert (code, errors) == (0, "") and "valid" in output


@pytest.mark.parametrize("text, said", [
    ("kafka:\n\tpartitions: 3\n", ":2"), ("cluster: [a, b]\n", ":1"), ("kafka:\n  partitions: many\n", ":2"),
    ("kafka:\n  partitions: 0\n", ":2"), ("kafka:\n  create_topics: maybe\n", ":2"), ("shutdown:\n  grace: 5 parsecs\n", ":2"),
    ("log:\n  level: loud\n", ":2"), ("cluster: a\ncluster: b\n", ":2"), ("cluster: a/b\n", "cluster"), ("- a\n- b\n", ":1"),
    ("log: &x {level: info}\nkafka: *x\n", ":1")], ids=lambda text: text.strip().replace("\n", " "))
def test_wrong_value_is_refused_with_its_line(write, text, said):
    path = write(text)
    line = refused("brain", "--config", path)
    assert (f"{path}{said}" if said.startswith(":") else said) in line


def test_missing_file_is_named(tmp_path):
    assert str(tmp_path / "nowhere.yaml") in refused("brain", "--config", tmp_path / "nowhere.yaml")


def test_unknown_flag_is_refused_with_the_nearest_known_one():
    assert "--kafka-topic-prefix" in refused("brain", "--kafka-topic-prefx", "x.")


def test_flag_without_its_value_is_refused():
    assert "--cluster" in refused("brain", "--cluster")


def test_unknown_word_is_refused():
    assert "run" in refused("brain", "run")


def test_wrong_environment_variable_is_named():
    assert "AEGIOPS_KAFKA_PARTITIONS" in refused("brain", AEGIOPS_KAFKA_PARTITIONS="a dozen")


def test_secret_in_the_file_is_refused(write):
    path = write("slack:\n  webhook_url: https://hooks.slack.com/services/T0/B0/hush\n")
    line = refused("notifier", "--config", path)
    assert f"{path}:2" in line and "webhook_url_file" in line and "hush" not in line


def test_webhook_over_plain_http_is_refused_and_not_shown():
    line = refused("notifier", SLACK_WEBHOOK_URL="http://hooks.example.com/services/T0/B0/hush")
    assert "https" in line and "hush" not in line


def test_unknown_property_of_librdkafka_is_refused_with_its_line(write):
    path = write("kafka:\n  librdkafka:\n    sasl.mechanisn: PLAIN\n")
    code, _, errors = run_to_end("brain", "--config", path, "--brain-listen", "")
    assert code in (EXIT_BROKEN, EXIT_OPTIONS)
    assert f"{path}:3" in errors and "sasl.mechanisn" in errors


@pytest.mark.parametrize("process", NAMES)
def test_port_in_use_is_named(own_pipeline, process):
    pipeline = own_pipeline()
    pipeline.start("brain")
    environment = pipeline.processes[process].environment
    code, _, errors = run_to_end(process, "--config", pipeline.config, f"--{process}-listen", f"127.0.0.1:{pipeline.brain.port}",
                                 "--instance", "second", **environment)
    assert code == EXIT_BROKEN and f"127.0.0.1:{pipeline.brain.port}" in errors and f"{process}.listen" in errors


@pytest.mark.parametrize("process", NAMES)
def test_help_and_version_and_check(process):
    code, output, errors = run_to_end(process, "--help")
    assert (code, errors) == (0, "") and "--kafka-bootstrap-servers" in output and f"--{process}-listen" in output
    assert re.search(r"\d+\.\d+\.\d+", run_to_end(process, "--version")[1])
    assert run_to_end(process, "--check")[0] == 0


def options_of(process):
    """{variable: default} of each option that --help lists; "" where it has none."""
    rows = re.split(r"^  --[\w-]+ +", run_to_end(process, "--help")[1], flags=re.M)[1:]
    found = {}
    for row in rows:
        variable, *words = row.split()
        if variable.startswith("$AEGIOPS_"):
            found[variable] = " ".join(words).rpartition("Default: ")[2] if " Default: " in row.replace("\n", " ") else ""
    return found


@pytest.mark.parametrize("process", NAMES)
def test_sample_file_documents_every_option_with_its_default(process):
    sample = SAMPLE.read_text()
    documented = {line[3]: (line[1], line[2]) for line in re.finditer(r"^ *(\w+):(.*?) +# (\$AEGIOPS_\w+)", sample, re.M)}
    options = options_of(process)
    assert options and not set(options) - set(documented), "not in the sample"
    for variable, default in options.items():
        key, value = documented[variable]
        if value.strip() and not key.endswith("_file"):
            assert value.strip() == default, f"{key} of the sample is not what {process} does without it"
    assert run_to_end(process, "--config", SAMPLE, "--check")[0] == 0


def test_sample_file_documents_nothing_else():
    everything = {variable for process in NAMES for variable in options_of(process)}
    assert not set(re.findall(r"\$AEGIOPS_\w+", SAMPLE.read_text())) - everything - {"$AEGIOPS_CONFIG"}


# --- What may come back: waited for, and said on /readyz ----------------------------------------------------------------------

def waits(process, part, *said):
    """The process goes on trying, was never ready, and says on /readyz what it lacks, in these words."""
    def says_so():
        assert process.is_running(), f"ended with {process.popen.returncode}\n{process.tail()}"
        status, _ = process.get("/readyz")
        assert status != 200, "ready without what it needs"
        return any(all(text in why for text in said) for name, why in process.parts().items() if name.split(":")[0] == part)
    return eventually(f"/readyz to name {said}", says_so, within=20, otherwise=lambda: f"{process.get('/readyz')}\n{process.tail()}")


@pytest.mark.parametrize("process", NAMES)
def test_unreachable_broker_is_waited_for(own_pipeline, process):
    nobody = f"127.0.0.1:{free_port()}"
    pipeline = own_pipeline({"kafka": {"bootstrap_servers": nobody}})
    started = pipeline.processes[process].start()
    waits(started, "kafka", nobody)
    assert started.logged(level="warn"), "nothing in the log says that it waits"
    assert started.stop() == 0


def kubeconfig(base, path, change):
    """A copy of a kubeconfig with something changed: change(cluster, user)."""
    content = yaml.safe_load(base.read_text())
    change(content["clusters"][0]["cluster"], content["users"][0]["user"])
    path.write_text(yaml.safe_dump(content))
    return path


def start_with(pipeline, process, path):
    chosen = pipeline.processes[process]
    chosen.environment["KUBECONFIG"] = str(path)
    return chosen.start()


@pytest.fixture(params=["observer", "actor"])
def kube_process(request):
    return request.param


def test_unreachable_api_server_is_waited_for(own_pipeline, sandbox, kube_process, tmp_path):
    nobody = f"127.0.0.1:{free_port()}"
    path = kubeconfig(sandbox.admin, tmp_path / "config", lambda cluster, _: cluster.update(server=f"https://{nobody}"))
    waits(start_with(own_pipeline(), kube_process, path), "kube", nobody)


def test_wrong_token_is_said_and_waited_for(own_pipeline, sandbox, kube_process, tmp_path):
    def change(_, user):
        user.clear()
        user["token"] = "not-a-token"
    path = kubeconfig(sandbox.admin, tmp_path / "config", change)
    waits(start_with(own_pipeline(), kube_process, path), "kube", ACCEPTS_NOT)


def certificate(sandbox, folder, subject, *dates):
    """A client certificate from the sandbox's own authority: (certificate, key), base64 of PEM."""
    authority = sandbox.folder / "pki/ca"
    subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", subject,
                    "-keyout", folder / "key", "-out", folder / "request"], check=True, capture_output=True)
    (folder / "database").touch()
    (folder / "ca.cnf").write_text(f"[ca]\ndefault_ca=a\n[a]\ndatabase={folder}/database\nserial={folder}/serial\nnew_certs_dir={folder}\n"
                                   "default_md=sha256\npolicy=p\nx509_extensions=e\n[p]\ncommonName=supplied\norganizationName=optional\n"
                                   "[e]\nextendedKeyUsage=clientAuth\n")
    subprocess.run(["openssl", "ca", "-batch", "-config", folder / "ca.cnf", "-create_serial", "-cert", f"{authority}.crt", "-keyfile",
                    f"{authority}.key", "-in", folder / "request", "-out", folder / "crt", "-notext", *dates], check=True, capture_output=True)
    return [base64.b64encode((folder / name).read_bytes()).decode() for name in ("crt", "key")]


def with_certificate(made):
    def change(_, user):
        user.clear()
        user.update({"client-certificate-data": made[0], "client-key-data": made[1]})
    return change


def test_expired_certificate_is_named_with_its_line_and_date(own_pipeline, sandbox, kube_process, tmp_path):
    subject = f"/CN=aegiops-{kube_process}"
    expired = certificate(sandbox, tmp_path, subject, "-startdate", "20200101000000Z", "-enddate", "20210101000000Z")
    path = kubeconfig(sandbox.admin, tmp_path / "config", with_certificate(expired))
    started = start_with(own_pipeline(), kube_process, path)
    assert started.wait_end() == EXIT_BROKEN
    assert re.search(rf"{path}:\d+: .*expired on 2021-01-01", started.log.read_text())


def test_the_same_certificate_not_expired_is_accepted(own_pipeline, sandbox, kube_process, tmp_path):
    """So that the test above is about the date and about nothing else."""
    fresh = certificate(sandbox, tmp_path, f"/CN=aegiops-{kube_process}", "-days", "1")
    path = kubeconfig(sandbox.admin, tmp_path / "config", with_certificate(fresh))
    start_with(own_pipeline(), kube_process, path).wait_ready()


def test_stranger_s_authority_is_said_and_waited_for(own_pipeline, sandbox, kube_process, tmp_path):
    stranger = base64.b64encode((sandbox.folder / "pki/etcd-ca.crt").read_bytes()).decode()
    path = kubeconfig(sandbox.admin, tmp_path / "config", lambda cluster, _: cluster.update({"certificate-authority-data": stranger}))
    waits(start_with(own_pipeline(), kube_process, path), "kube", "certificate")


def test_missing_kubeconfig_is_named(own_pipeline, kube_process, tmp_path):
    started = start_with(own_pipeline(), kube_process, tmp_path / "nowhere")
    assert started.wait_end() in (EXIT_BROKEN, EXIT_OPTIONS)
    assert str(tmp_path / "nowhere") in started.log.read_text()


def test_kubeconfig_of_nobody_who_may_read_is_said(own_pipeline, sandbox, tmp_path):
    """The observer goes on with what it may see, and says what it may not."""
    nobody = certificate(sandbox, tmp_path, "/CN=nobody", "-days", "1")
    path = kubeconfig(sandbox.admin, tmp_path / "config", with_certificate(nobody))
    started = start_with(own_pipeline(), "observer", path)
    eventually("/readyz to say what is forbidden", lambda: started.is_running() and "forbidden" in started.get("/readyz")[1].lower(),
               within=20, otherwise=lambda: f"{started.get('/readyz')}\n{started.tail()}")
