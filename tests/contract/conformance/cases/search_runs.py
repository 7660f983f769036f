"""Searching runs: the filter language."""

from __future__ import annotations

from typing import Any

from tests.contract.conformance.talk import Talk, case, each, run_names

# name: (start_time, end_time, status, metrics, params, tags); the names tell the runs apart in answers.
RUNS: dict[str, tuple[int, int | None, str, dict[str, Any], dict[str, str], dict[str, str]]] = {
    "alpha": (100, 110, "FINISHED", {"acc": 0.5, "loss": 1}, {"lr": "0.1", "Model": "tree"}, {"team": "red"}),
    "Beta": (200, 220, "FINISHED", {"acc": 0.9, "loss": -2.5}, {"lr": "0.01", "Model": "Tree"}, {"team": "Red"}),
    "gamma": (300, None, "RUNNING", {"acc": "NaN", "loss": 0}, {"lr": "10"}, {"team": "blue_green"}),
    "delta": (400, 410, "FAILED", {"acc": 0.9, "a b/c.d-e": 3}, {"lr": "9", "x y": "1"}, {"a.b c/d": "1"}),
    "eps%": (500, None, "KILLED", {"loss": "Infinity"}, {"lr": ""}, {"team": "100%"}),
    "zeta": (600, None, "SCHEDULED", {"loss": 1e-9}, {}, {"team": "it's", "quoted": 'say "hi"'}),
}


def six_runs(talk: Talk) -> str:
    """An experiment with RUNS in it."""
    experiment = talk.experiment()
    for name, (start, end, status, metrics, params, tags) in RUNS.items():
        run = talk.run(experiment, name, start_time=start, user_id=name[0], metrics=metrics, params=params, tags=tags)
        talk.set_up("runs/update", {"run_id": run, "status": status} | ({"end_time": end} if end else {}))
    return experiment


def _filters(talk: Talk, *filters: str) -> None:
    experiment = six_runs(talk)
    for text in filters:
        talk.post("runs/search", {"experiment_ids": [experiment], "filter": text}, show=run_names)


@case
def the_newest_start_comes_first_by_default(talk: Talk) -> None:
    experiment = six_runs(talk)
    for body in each({}, {"filter": ""}, {"filter": None}, {"order_by": []}):
        talk.post("runs/search", {"experiment_ids": [experiment], **body}, show=run_names)
    talk.post("/ajax-api/2.0/mlflow/runs/search", {"experiment_ids": [experiment]}, show=run_names)


@case
def found_runs_are_complete(talk: Talk) -> None:
    experiment = talk.experiment()
    run = talk.run(experiment, metrics={"m": 1}, params={"p": "1"}, tags={"t": "x"}, start_time=5)
    dataset = {"name": "d", "digest": "1", "source_type": "local", "source": "s", "schema": "{}", "profile": "{}"}
    tagged = {"dataset": dataset, "tags": [{"key": "mlflow.data.context", "value": "training"}]}
    model = talk.model(experiment)
    talk.set_up("runs/log-inputs", {"run_id": run, "datasets": [tagged], "models": [{"model_id": model}]})
    talk.set_up("runs/outputs", {"run_id": run, "models": [{"model_id": model, "step": 1}]})
    talk.run(experiment)
    talk.post("runs/search", {"experiment_ids": [experiment]}, differs="inputs of found runs")


@case
def filter_metrics_by_number(talk: Talk) -> None:
    _filters(
        talk,
        *(f"metrics.acc {sign} 0.9" for sign in ("=", "!=", "<", "<=", ">", ">=")),
        *(f"metrics.loss {sign} 0" for sign in ("=", "!=", "<", "<=", ">", ">=")),
        "metrics.loss = -2.5",
        "metrics.loss < -2",
        "metrics.loss > 1e300",
        "metrics.loss = 1e-9",
        "metrics.loss = 1E-9",
        "metrics.loss >= 1.7976931348623157e308",
        "metric.acc = 0.5",
        "metrics.`a b/c.d-e` = 3",
        'metrics."a b/c.d-e" = 3',
        "metrics.never > 0",
        "metrics.never != 0",
    )


@case
def filter_params_and_tags_by_text(talk: Talk) -> None:
    _filters(
        talk,
        "params.lr = '0.1'",
        'params.lr = "0.1"',
        "params.lr != '0.1'",
        "params.lr = ''",
        "param.lr = '10'",
        "parameters.lr = '10'",
        "parameter.lr = '10'",
        "params.Model = 'tree'",
        "params.model = 'tree'",
        "params.`x y` = '1'",
        'params."x y" = "1"',
        "tags.team = 'red'",
        "tag.team = 'red'",
        "tags.team != 'red'",
        'tags.team = "it\'s"',
        "tags.quoted = 'say \"hi\"'",
        "tags.`a.b c/d` = '1'",
        "tags.a.b = '1'",
        "tags.mlflow.runName = 'alpha'",
        "tags.`mlflow.runName` = 'alpha'",
        "tags.never != 'x'",
    )


@case
def filter_by_pattern(talk: Talk) -> None:
    _filters(
        talk,
        "params.Model LIKE 'tree'",
        "params.Model LIKE 'T%'",
        "params.Model ILIKE 't%'",
        "params.Model ILIKE '%REE'",
        "params.Model like 'tr%'",
        "tags.team LIKE '%e%'",
        "tags.team LIKE 'r_d'",
        "tags.team LIKE '_ed'",
        "tags.team LIKE 'blue_green'",
        "tags.team LIKE '100%'",
        "tags.team LIKE '100\\%'",
        "tags.team LIKE ''",
        "tags.team LIKE '%'",
        "tags.never LIKE '%'",
        "attributes.run_name LIKE '%a'",
        "attributes.run_name ILIKE 'B%'",
        "run_name LIKE 'eps%'",
        "attributes.status LIKE 'F%'",
        "params.lr LIKE '0._'",
    )


@case
def filter_by_presence(talk: Talk) -> None:
    _filters(
        talk,
        "params.lr IS NULL",
        "params.lr IS NOT NULL",
        "tags.team IS NULL",
        "tags.team is not null",
        "tags.`a.b c/d` IS NOT NULL",
        "params.never IS NULL",
        "params.lr IS NOT NULL AND tags.team IS NULL",
    )


@case
def filter_attributes(talk: Talk) -> None:
    _filters(
        talk,
        *(f"attributes.start_time {sign} 300" for sign in ("=", "!=", "<", "<=", ">", ">=")),
        "start_time > 300",
        "attribute.start_time > 300",
        "attr.start_time > 300",
        "run.start_time > 300",
        "attributes.start_time > 299.5",
        "attributes.end_time > 0",
        "attributes.end_time != 110",
        "created > 300",
        "attributes.Created > 300",
        "attributes.status = 'FINISHED'",
        "status != 'FINISHED'",
        "status = 'finished'",
        "attributes.user_id = 'a'",
        "attributes.run_name = 'Beta'",
        "attributes.`run name` = 'Beta'",
        "attributes.run_name != 'Beta'",
        "attributes.artifact_uri LIKE '%artifacts'",
        "attributes.artifact_uri = 'x'",
    )


@case
def filter_by_run_id(talk: Talk) -> None:
    experiment = talk.experiment()
    first, second, _ = (talk.run(experiment, name, start_time=5 - n) for n, name in enumerate("abc"))
    for text in (
        f"attributes.run_id = '{first}'",
        f"run_id != '{first}'",
        f"run_id LIKE '{first}%'",
        f"attributes.run_id IN ('{first}', '{second}')",
        f"run_id IN ('{first}')",
        f"run_id in ('{first}','{second}')",
        f'run_id IN ("{first}")',
        f"attributes.run_id NOT IN ('{first}', '{second}')",
        f"run_id IN ('{first}', 'none') AND run_id NOT IN ('{second}')",
        "run_id IN ('none')",
        "run_id = ''",
    ):
        talk.post("runs/search", {"experiment_ids": [experiment], "filter": text}, show=run_names)


@case
def clauses_are_joined_by_and(talk: Talk) -> None:
    _filters(
        talk,
        "metrics.acc > 0.4 AND params.lr = '0.01'",
        "metrics.acc > 0.4 and params.lr LIKE '0%' and tags.team ILIKE 'r%'",
        "metrics.acc > 0.4 AND metrics.acc < 0.6",
        "metrics.acc>0.4 AND metrics.acc<0.6",
        "  metrics.acc  >  0.4  ",
        "metrics.acc > 0.4\nAND\tmetrics.loss < 0",
        "status = 'FINISHED' AND status = 'FAILED'",
        "tags.team = 'red' AND tags.team = 'Red'",
        "params.lr = '0.1' AND params.lr = '0.1'",
    )


@case
def filters_by_dataset(talk: Talk) -> None:
    experiment = talk.experiment()
    runs = {name: talk.run(experiment, name, start_time=10 - n) for n, name in enumerate(("one", "two", "three"))}
    for name, data, digest, context in (
        ("one", "iris", "a1", "training"),
        ("one", "iris", "b2", "eval"),
        ("two", "Iris", "b2", None),
        ("two", "mnist", "a1", "training"),
    ):
        dataset = {"name": data, "digest": digest, "source_type": "local", "source": "s"}
        tags = [{"key": "mlflow.data.context", "value": context}] if context else []
        body = {"run_id": runs[name], "datasets": [{"dataset": dataset, "tags": tags}]}
        talk.set_up("runs/log-inputs", body)
    for text in (
        "datasets.name = 'iris'",
        "dataset.name = 'iris'",
        "datasets.name != 'iris'",
        "datasets.name LIKE 'I%'",
        "datasets.name ILIKE 'i%'",
        "datasets.name IN ('iris', 'mnist')",
        "datasets.name NOT IN ('iris')",
        "datasets.digest = 'a1'",
        "datasets.digest IN ('b2')",
        "datasets.context = 'training'",
        "datasets.context != 'training'",
        "datasets.context LIKE 'e%'",
        "datasets.name = 'iris' AND datasets.context = 'eval'",
        "datasets.name = 'mnist' AND datasets.digest = 'b2'",
        "datasets.name = 'iris' AND status = 'RUNNING'",
    ):
        talk.post("runs/search", {"experiment_ids": [experiment], "filter": text}, show=run_names)


INVALID = (
    "metrics.acc",
    "metrics.acc >",
    "metrics.acc > 'x'",
    "metrics.acc > abc",
    "metrics.acc LIKE '1'",
    "metrics.acc IS NULL",
    "metrics.acc == 1",
    "metrics.acc <> 1",
    "metrics.acc IN (1)",
    "params.lr = 0.1",
    "params.lr = abc",
    "params.lr > '0.1'",
    "params.lr IN ('0.1')",
    "params.lr = 'open",
    "tags.team > 'red'",
    "tags.team = red",
    "tags.team BETWEEN 'a' AND 'b'",
    "attributes.start_time = '300'",
    "attributes.start_time LIKE '3%'",
    "attributes.status > 'A'",
    "attributes.status = FINISHED",
    "attributes.status IN ('FINISHED')",
    "attributes.experiment_id = '0'",
    "attributes.lifecycle_stage = 'active'",
    "attributes.nope = '1'",
    "attributes.run_id IN ()",
    "attributes.run_id IN (1)",
    "attributes.run_id IS NULL",
    "nope.acc = 1",
    "nope = 1",
    "datasets.nope = 'x'",
    "datasets.name = 5",
    "datasets.name > 'x'",
    "metrics.acc > 0.1; params.lr = '1'",
    "metrics.acc > 0.1,",
    "0.1 < metrics.acc",
    "'red' = tags.team",
    "=",
    "hello world",
)


@case
def invalid_filters_are_refused(talk: Talk) -> None:
    _filters(talk, *INVALID)


@case
def more_can_be_asked(talk: Talk) -> None:
    experiment = six_runs(talk)
    for text in ("(metrics.acc > 0.1)", "metrics.acc < 0.6 OR params.lr = '10'", "NOT metrics.acc > 0.1"):
        body = {"experiment_ids": [experiment], "filter": text}
        talk.post("runs/search", body, show=run_names, differs="more of the language")


@case
def half_a_filter_is_no_filter(talk: Talk) -> None:
    experiment = six_runs(talk)
    for text in ("metrics.acc > 0.1 metrics.loss > -9", "AND", "AND metrics.acc > 0.1", "metrics.acc > 0.1 AND"):
        body = {"experiment_ids": [experiment], "filter": text}
        talk.post("runs/search", body, show=run_names, differs="half a filter")
    talk.post("runs/search", {"experiment_ids": [experiment], "filter": " "})
