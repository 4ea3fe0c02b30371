"""A playbook that uses every field of every kind of step."""

WHOLE = """\
schema: ml-incident.playbook/v1
id: whole
title: Everything at once
summary: It has every field.
version: "1.0.0"
owner: "@me"
review_by: 2027-05-01
signals: [Answers are all the same]
sources: ["https://example.com/why"]
applies_to:
  failure_modes: [bad-data]
  modes: [online]
  alerts: [{ml_failure_mode: [bad-data, canary]}]
  words: [canary]
vars:
  last_good: {from: model.rollback, ask: Which one was good?, kind: version}
  shown: {ask: What does it show?}
timers:
  - {id: nag, after: 30m, every: 1h, until: mitigated, remind: comms, text: "Write about {model.name}."}
close_when: ["{model.name} serves {vars.last_good}"]
start: look
steps:
  - id: look
    kind: task
    title: Look at {model.name}
    phase: triage
    role: poc:ds
    why: Because.
    when: {model.tier: ["0", "1"], incident.severity: sev1}
    do: Look at {vars.last_good}.
    done_when: You have looked.
    evidence: [{id: seen, ask: What?, kind: choice, choices: [a, b], pir_field: impact, required: true}]
    due: 8m
    next: ask
  - id: ask
    kind: decision
    title: Ask
    ask: Is it?
    do: Look again.
    when: {model.mode: online}
    options:
      - {label: "Yes", goto: over-http, sets: {failure_mode: bad-data, vars.shown: much}}
      - {label: "Can't tell", goto: look, cannot_tell: true}
    evidence: [{id: link, ask: Where?, kind: link}]
    due: 5m
    otherwise: over-http
  - id: over-http
    kind: check
    title: The shop answers
    phase: verify
    http:
      connection: shop
      method: GET
      path: /models/{model.name}/status
      query: {version: "{vars.last_good}"}
      expect: {status: 200, pointer: /models/0/version, op: one-of, value: ["{vars.last_good}", 7]}
    for: 10m
    manual: Ask {model.endpoint.prod}.
    pir_field: version_serving
    due: 20m
    on_fail: look
  - id: alias
    kind: check
    title: The alias points there
    mlflow: {connection: mlflow, model: "{model.name}", alias: best, expect: {op: equals, value: "{vars.last_good}"}}
    manual: Look into MLflow.
    on_fail: move
  - id: served
    kind: check
    title: It is served
    serving: {connection: serving, model: "{model.name}", expect: {value: 7}}
    manual: Ask every replica.
    on_fail: move
  - id: counted
    kind: check
    title: Few errors
    prometheus:
      connection: prometheus
      query: 'sum(rate(errors{model="{model.name}"}[5m]))'
      expect: {op: at-most, value: 0.01}
    manual: Look at {model.dashboard}.
    on_fail: move
    next: settle
  - id: move
    kind: action
    title: Move the alias back
    phase: mitigate
    role: poc:dsp
    do: Agree on it first.
    mlflow: {alias: champion, to: "{vars.last_good}"}
    approval: [commander, poc:dsp]
    reversible: at-once
    manual: Move it by hand.
    undo: Move it back.
    due: 10m
    on_fail: look
  - id: weigh
    kind: action
    title: Send less traffic
    http:
      connection: shop
      method: PUT
      path: /models/{model.name}/weight
      query: {why: "{incident.id}"}
      body: {weight: 0, model: "{model.name}", list: [1, {deep: "{vars.last_good}"}]}
      expect: {status: 204}
    before: {path: "/models/{model.name}", query: {full: "1"}, pointer: /weight}
    approval: [anyone]
    reversible: minutes
    manual: Do it by hand.
    undo:
      manual: Put back what was there.
      request: {method: PUT, path: "/models/{model.name}/weight", body: {weight: "{before}"}}
    next: settle
  - {id: settle, kind: wait, title: Let it settle, for: 10m, do: "Watch {model.dashboard}.", next: more}
  - {id: more, kind: include, title: More, playbook: common-first-fifteen-minutes, when: {model.tier: "0"}, next: end}
  - {id: end, kind: end, title: Done, phase: close, ends_run: true, do: Rest.}
"""
