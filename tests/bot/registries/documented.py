"""Each registry over HTTP as its documentation shows it: what it is asked, and one whole model as it answers."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import httpx

from bot.registries.backstage import BackstageRegistry
from bot.registries.datahub import DataHubRegistry
from bot.registries.mlflow import MlflowRegistry
from bot.registries.openmetadata import OpenMetadataRegistry
from bot.registries.protocol import Registry
from bot.registries.unity_catalog import UnityCatalogRegistry

Json = Any
HOST = "https://registry.example.com"
SECRET = "t0k3n-s3cret"


@dataclass
class Service:
    """A registry's server: pages of models, and what else it is asked for, by path."""

    name: str
    adapter: Callable[..., Registry]
    open: Callable[[float], Registry]
    """The same with the server's address and token; what is given is how long a reading may take."""
    listing: str
    """The path under which models are listed."""
    pages: list[Json]
    others: dict[str, Json] = field(default_factory=dict)
    """Path (with its model or alias, where the query has one) → answer."""
    owner_at: tuple[str | int, ...] = ()
    """Where in a page the owner of the first model stands."""
    token_at: tuple[str | int, ...] = ()
    """Where in a page the way to the next one stands."""
    models_at: tuple[str | int, ...] = ()
    text_at: tuple[str | int, ...] = ()
    """Where in a page a text stands that becomes `purpose`."""
    facts: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The whole card: field → text and source."""
    setting: str = ""
    names_are_unique: bool = False
    """The server has no two models of one name; one that is listed twice is the same."""
    empty: Json = None
    asked: list[httpx.Request] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What the server says to a question."""
        self.asked.append(request)
        path, query = request.url.path, request.url.params
        if path == self.listing:
            return _written(self.pages[min(self._page(request), len(self.pages) - 1)])
        for key in (f"{path}?{query.get('name', '')}", path):
            if key in self.others:
                found = self.others[key]
                return _written(found(request) if callable(found) else found)
        return httpx.Response(404, json={"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no such thing"})

    def elsewhere(self, address: str, **options: str) -> Registry:
        """The registry at another address, or with another token."""
        return self.adapter(address, **options)

    def _page(self, request: httpx.Request) -> int:
        body = json.loads(request.content) if request.content else {}
        token = body.get("variables", {}).get("input", {}).get("scrollId")
        asked = parse_qs(request.url.query.decode())
        for name in ("page_token", "cursor", "after"):
            token = token or next(iter(asked.get(name, [])), None)
        return int(token.removeprefix("page-")) if token else 0

    def all_answers(self) -> dict[str, Json]:
        """Every answer by the path that it belongs to."""
        return {self.listing: self.pages[0]} | {path: one for path, one in self.others.items() if not callable(one)}


def _written(answer: Json) -> httpx.Response:
    """As servers write it: half a character comes as an escape."""
    return httpx.Response(200, content=json.dumps(answer).encode("ascii"))


def put(thing: Json, place: tuple[str | int, ...], value: Json) -> Json:
    """A copy with another value in that place."""
    if not place:
        return value
    changed = copy.deepcopy(thing)
    here = changed
    for part in place[:-1]:
        here = here[part]
    here[place[-1]] = value
    return changed


def mlflow() -> Service:
    """MLflow's REST API 2.0, as recorded."""
    model = {
        "name": "search-ranker",
        "creation_timestamp": 1763560000000,
        "last_updated_timestamp": 1763560000000,
        "description": "Ranks search results.",
        "latest_versions": [
            {
                "name": "search-ranker",
                "version": "8",
                "run_id": "0a1b",
                "source": "models:/m-2c3d",
                "tags": [{"key": "change", "value": "https://git.example.com/7"}],
            }
        ],
        "tags": [{"key": "owner", "value": "ana@example.com"}, {"key": "poc.ds", "value": "lee@example.com"}],
        "aliases": [{"alias": "champion", "version": "8"}, {"alias": "rollback", "version": "7"}],
    }
    linked = {"key": "mlflow.linkedPrompts", "value": '[{"name": "rewrite-query", "version": "14"}]'}
    data = {"dataset": {"name": "dw.clicks", "digest": "1"}, "tags": []}
    run = {
        "info": {"run_id": "0a1b", "experiment_id": "1", "status": "FINISHED"},
        "data": {"tags": [{"key": "mlflow.user", "value": "lee"}]},
        "inputs": {"dataset_inputs": [data]},
    }
    prompt: list[Json] = [
        {"name": "rewrite-query", "version": number, "tags": [], "run_id": ""} for number in ("14", "13")
    ]
    base = "/api/2.0/mlflow"
    return Service(
        name="mlflow",
        adapter=MlflowRegistry,
        open=lambda within: MlflowRegistry(HOST, token=SECRET, within_s=within),
        listing=f"{base}/registered-models/search",
        pages=[{"registered_models": [model]}],
        others={
            f"{base}/experiments/search": {"experiments": [{"experiment_id": "1", "name": "ranking"}]},
            f"{base}/runs/search": {"runs": [run]},
            f"{base}/logged-models/search": {"models": [{"info": {"model_id": "m-2c3d", "tags": [linked]}}]},
            f"{base}/model-versions/search": {"model_versions": prompt},
        },
        owner_at=("registered_models", 0, "tags", 0),
        token_at=("next_page_token",),
        models_at=("registered_models",),
        text_at=("registered_models", 0, "description"),
        setting="MLFLOW_TRACKING_URI",
        names_are_unique=True,
        empty={},
        facts={
            "purpose": ("Ranks search results.", "mlflow description"),
            "owner": ("ana@example.com", "mlflow tag"),
            "poc.ds": ("lee@example.com", "mlflow tag"),
            "serving": ("8", "mlflow alias champion"),
            "rollback": ("7", "mlflow alias rollback"),
            "change": ("https://git.example.com/7", "mlflow tag of version 8"),
            "aliases": ("champion 8, rollback 7", "mlflow"),
            "trained_by": ("lee", "mlflow training run"),
            "trained_on": ("dw.clicks", "mlflow training run"),
            "components": (
                f"prompt rewrite-query 14 13 {HOST}/#/prompts/rewrite-query load prompts:/rewrite-query/13",
                "mlflow prompts",
            ),
        },
    )


def unity_catalog() -> Service:
    """Two APIs of Databricks: models with owners, and MLflow's view of one with tags and aliases."""
    name = "main.ranking.search-ranker"
    listed = {
        "name": "search-ranker",
        "catalog_name": "main",
        "schema_name": "ranking",
        "full_name": name,
        "owner": "Ana@example.com",
        "comment": "Ranks search results.",
        "created_by": "ci@example.com",
        "updated_at": 1763560000000,
    }
    known = {
        "name": name,
        "user_id": "ci@example.com",
        "tags": [{"key": "poc_ds", "value": "lee@example.com"}, {"key": "tier", "value": "1"}],
        "aliases": [{"alias": "champion", "version": "8"}, {"alias": "rollback", "version": "7"}],
    }
    version = {"name": name, "version": "8", "tags": [{"key": "deployed_at", "value": "2026-11-18T09:30:00Z"}]}
    dependencies = [
        {"table": {"table_full_name": "main.dw.items"}},
        {"function": {"function_full_name": "main.ranking.boost"}},
        {"connection": {"connection_name": "llm-gateway"}, "credential": None},
    ]
    whole = {
        "full_name": name,
        "version": 8,
        "status": "READY",
        "model_version_dependencies": {"dependencies": dependencies},
    }
    base = "/api/2.0/mlflow/unity-catalog/registered-models"
    return Service(
        name="unity_catalog",
        adapter=UnityCatalogRegistry,
        open=lambda within: UnityCatalogRegistry(HOST, token=SECRET, within_s=within),
        listing="/api/2.1/unity-catalog/models",
        pages=[{"registered_models": [listed]}],
        others={
            f"{base}/get?{name}": {"registered_model": known},
            f"{base}/alias?{name}": {"model_version": version},
            f"/api/2.1/unity-catalog/models/{name}/versions/8": whole,
        },
        owner_at=("registered_models", 0, "owner"),
        token_at=("next_page_token",),
        models_at=("registered_models",),
        text_at=("registered_models", 0, "comment"),
        setting="DATABRICKS_HOST",
        names_are_unique=True,
        empty={},
        facts={
            "purpose": ("Ranks search results.", "unity catalog comment"),
            "owner": ("Ana@example.com", "unity catalog owner"),
            "poc.ds": ("lee@example.com", "unity catalog tag"),
            "tier": ("1", "unity catalog tag"),
            "serving": ("8", "unity catalog alias champion"),
            "rollback": ("7", "unity catalog alias rollback"),
            "deployed_at": ("2026-11-18T09:30:00Z", "mlflow tag of version 8"),
            "aliases": ("champion 8, rollback 7", "unity catalog"),
            "upstreams": (
                "table:main.dw.items, function:main.ranking.boost, connection:llm-gateway",
                "unity catalog dependencies",
            ),
        },
    )


def _entity(kind: str, name: str, relations: list[tuple[str, str]], **spec: Json) -> Json:
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "default", "uid": name},
        "spec": spec,
        "relations": [{"type": kind, "targetRef": ref} for kind, ref in relations],
    }


def backstage() -> Service:
    """The software catalogue of Backstage: components, groups, users and APIs."""
    model = _entity(
        "Component",
        "search-ranker-model",
        [
            ("ownedBy", "group:default/search-ranking"),
            ("dependsOn", "resource:default/clicks-topic"),
            ("dependsOn", "component:default/item-embedder"),
            ("dependencyOf", "component:default/email-recs"),
            ("providesApi", "api:default/search-rank-api"),
            ("consumesApi", "api:default/prices-api"),
            ("partOf", "system:default/search"),
        ],
        type="ml-model",
        lifecycle="production",
        owner="group:default/search-ranking",
    )
    model["metadata"] |= {
        "title": "Search ranking",
        "description": "Ranks search results.",
        "annotations": {
            "mlflow.org/model-name": "search-ranker",
            "pagerduty.com/service-id": "PABC123",
            "pagerduty.com/integration-key": SECRET,
            "slack.com/channel": "C0123",
            "ml-incident/tier": "1",
            "ml-incident/poc.ds": "lee@example.com",
        },
        "links": [
            {"url": "https://runbooks.example.com/ranker", "title": "Runbook"},
            {"url": "https://grafana.example.com/ranker", "title": "Model dashboard", "icon": "dashboard"},
            {"url": "https://wiki.example.com/ranker", "title": "Docs", "type": "documentation"},
            {"url": "https://elsewhere.example.com", "title": "Something else"},
        ],
    }
    group = _entity(
        "Group",
        "search-ranking",
        [("hasMember", "user:default/ana"), ("hasMember", "user:default/lee")],
        type="team",
        profile={"displayName": "Search ranking team"},
    )
    profile = {"displayName": "Ana Moreau", "email": "ana@example.com"}
    known = {
        "group:default/search-ranking": group,
        "resource:default/clicks-topic": _entity("Resource", "clicks-topic", [], type="kafka-topic"),
        "user:default/ana": _entity("User", "ana", [], profile=profile),
        "api:default/search-rank-api": _entity("API", "x", [("apiConsumedBy", "component:default/web-search")]),
    }

    def by_refs(request: httpx.Request) -> Json:
        return {"items": [known.get(ref) for ref in json.loads(request.content)["entityRefs"]]}

    return Service(
        name="backstage",
        adapter=BackstageRegistry,
        open=lambda within: BackstageRegistry(HOST, token=SECRET, types=["ml-model", "model-server"], within_s=within),
        listing="/api/catalog/entities/by-query",
        pages=[{"items": [model], "totalItems": 1, "pageInfo": {}}],
        others={"/api/catalog/entities/by-refs": by_refs},
        owner_at=("items", 0, "relations", 0),
        token_at=("pageInfo", "nextCursor"),
        models_at=("items",),
        text_at=("items", 0, "metadata", "description"),
        setting="BACKSTAGE_URL",
        empty={"items": [], "totalItems": 0, "pageInfo": {}},
        facts={
            "plain_name": ("Search ranking", "backstage title"),
            "purpose": ("Ranks search results.", "backstage description"),
            "lifecycle": ("production", "backstage lifecycle"),
            "tier": ("1", "backstage annotation"),
            "poc.ds": ("lee@example.com", "backstage annotation"),
            "oncall": ("pagerduty:PABC123", "backstage annotation pagerduty.com/service-id"),
            "channel": ("C0123", "backstage annotation slack.com/channel"),
            "runbook": ("https://runbooks.example.com/ranker", "backstage link"),
            "dashboard": ("https://grafana.example.com/ranker", "backstage link"),
            "docs": ("https://wiki.example.com/ranker", "backstage link"),
            "team": ("Search ranking team", "backstage owner"),
            "owner": ("Ana Moreau <ana@example.com>", "backstage group search-ranking"),
            "upstreams": ("topic:clicks-topic, item-embedder, api:prices-api", "backstage relations"),
            "consumers": ("email-recs, web-search", "backstage relations"),
        },
    )


def _owner(kind: str, owner: Json, *, custom: str | None = None) -> Json:
    urn = f"urn:li:ownershipType:{'custom-1' if custom else '__system__' + kind.lower()}"
    return {"type": kind, "ownershipType": {"urn": urn, "info": {"name": custom or kind.title()}}, "owner": owner}


def _lineage(*urns: str) -> Json:
    return {"relationships": [{"entity": {"urn": urn}} for urn in urns]}


def datahub() -> Service:
    """DataHub's GraphQL: a group of versions with typed owners, and a version of it that has the lineage."""
    user = {
        "username": "ana",
        "properties": {"displayName": "Ana Moreau", "email": "ana@example.com"},
        "editableProperties": {"displayName": None, "slack": "@ana", "email": None},
    }
    handle = {
        "username": "pat",
        "properties": {"displayName": "Pat", "email": None},
        "editableProperties": {"slack": "@pat"},
    }
    member = {"username": "sofia@example.com", "properties": None, "editableProperties": {"slack": None}}
    team = {"name": "ranking", "properties": {"displayName": "Search ranking", "slack": "#search-ranking"}}
    group_urn = "urn:li:mlModelGroup:(urn:li:dataPlatform:mlflow,search-ranker,PROD)"
    version_urn = "urn:li:mlModel:(urn:li:dataPlatform:mlflow,search-ranker_8,PROD)"
    group = {
        "urn": group_urn,
        "type": "MLMODEL_GROUP",
        "name": "search-ranker",
        "description": "Ranks search results.",
        "ownership": {
            "owners": [
                _owner("TECHNICAL_OWNER", user),
                _owner("TECHNICAL_OWNER", team),
                _owner("BUSINESS_OWNER", handle),
                _owner("DATA_STEWARD", member),
                _owner("CUSTOM", member, custom="Merchandising"),
                _owner("CUSTOM", handle, custom="Team lead"),
            ]
        },
        "upstream": _lineage(version_urn),
        "downstream": _lineage(),
    }
    version = {
        "urn": version_urn,
        "type": "MLMODEL",
        "name": "search-ranker_8",
        "properties": {"groups": [{"urn": group_urn}], "customProperties": []},
        "ownership": None,
        "upstream": _lineage(
            "urn:li:dataset:(urn:li:dataPlatform:kafka,clicks,PROD)",
            "urn:li:dataProcessInstance:8f1c",
            "urn:li:mlFeature:(ranking,ctr_7d)",
            "urn:li:dataset:(urn:li:dataPlatform:snowflake,dw.items,PROD)",
        ),
        "downstream": _lineage(
            group_urn, "urn:li:dataJob:(urn:li:dataFlow:(airflow,rank_emails,prod),score)",
            "urn:li:dashboard:(looker,dashboards.19)",
        ),
    }  # fmt: skip
    feature = version["upstream"]["relationships"][2]["entity"]
    feature["properties"] = {"sources": [{"urn": "urn:li:dataset:(urn:li:dataPlatform:snowflake,dw.views,PROD)"}]}
    found = {"nextScrollId": None, "count": 2, "total": 2, "searchResults": [{"entity": group}, {"entity": version}]}
    return Service(
        name="datahub",
        adapter=DataHubRegistry,
        open=lambda within: DataHubRegistry(HOST, token=SECRET, within_s=within),
        listing="/api/graphql",
        pages=[{"data": {"scrollAcrossEntities": found}}],
        owner_at=("data", "scrollAcrossEntities", "searchResults", 0, "entity", "ownership"),
        token_at=("data", "scrollAcrossEntities", "nextScrollId"),
        models_at=("data", "scrollAcrossEntities", "searchResults"),
        text_at=("data", "scrollAcrossEntities", "searchResults", 0, "entity", "description"),
        setting="DATAHUB_GMS_URL",
        empty={"data": {"scrollAcrossEntities": {"nextScrollId": None, "searchResults": []}}},
        facts={
            "purpose": ("Ranks search results.", "datahub description"),
            "owner": ("Ana Moreau <ana@example.com>", "datahub owner"),
            "team": ("Search ranking", "datahub owner"),
            "channel": ("#search-ranking", "datahub group"),
            "poc.product": ("@pat", "datahub owner"),
            "poc.data-steward": ("sofia@example.com", "datahub owner"),
            "poc.merch": ("sofia@example.com", "datahub owner"),
            "team.lead": ("@pat", "datahub owner"),
            "features": ("ranking.ctr_7d", "datahub lineage"),
            "upstreams": ("topic:clicks, table:dw.items, table:dw.views", "datahub lineage"),
            "consumers": ("airflow:rank_emails.score, looker:dashboards.19", "datahub lineage"),
        },
    )


def openmetadata() -> Service:
    """OpenMetadata's REST API: an ML model, the team that owns it, and its members."""
    ana = {"id": "u-1", "type": "user", "name": "ana", "displayName": "Ana Moreau", "deleted": False}
    team = {"id": "t-1", "type": "team", "name": "ranking", "displayName": "Search ranking", "deleted": False}
    gone = {"id": "u-9", "type": "user", "name": "left", "deleted": True}
    table = {"id": "d-1", "type": "table", "name": "items", "fullyQualifiedName": "dw.prod.items"}
    model = {
        "id": "m-1",
        "name": "search-ranker",
        "fullyQualifiedName": "mlflow_svc.search-ranker",
        "displayName": "Search ranking",
        "description": "Ranks search results.",
        "algorithm": "LambdaMART",
        "server": "https://ml.example.com/ranker:predict",
        "dashboard": {"id": "b-1", "type": "dashboard", "name": "ranker", "fullyQualifiedName": "grafana.ranker board"},
        "mlFeatures": [
            {"name": "ctr_7d", "dataType": "numerical", "featureSources": [{"name": "ctr", "dataSource": table}]},
            {"name": "price", "dataType": "numerical", "featureSources": None},
        ],
        "owners": [gone, team],
        "tags": [{"tagFQN": "PII.None"}, {"tagFQN": "Tier.Tier1"}],
        "extension": {"owner_backup": "lee@example.com", "consumers": ["web-search", "email"], "team_size": 4},
        "deleted": False,
    }
    lineage = {
        "entity": {"id": "m-1", "type": "mlmodel", "name": "search-ranker"},
        "nodes": [
            table,
            {"id": "d-2", "type": "topic", "name": "clicks", "fullyQualifiedName": "kafka.clicks"},
            {"id": "d-3", "type": "table", "name": "left", "fullyQualifiedName": "dw.prod.left", "deleted": True},
            {"id": "m-2", "type": "mlmodel", "name": "mailer", "fullyQualifiedName": "mlflow_svc.mailer"},
            {"id": "b-2", "type": "dashboard", "name": "sales", "fullyQualifiedName": "looker.sales"},
        ],
        "upstreamEdges": [{"fromEntity": one, "toEntity": "m-1"} for one in ("d-1", "d-2", "d-3", "d-9")],
        "downstreamEdges": [{"fromEntity": "m-1", "toEntity": one} for one in ("m-2", "b-2")],
    }
    users = [ana | {"email": "ana@example.com"}, {"id": "u-2", "name": "lee", "email": "l**@example.com"}]
    return Service(
        name="openmetadata",
        adapter=OpenMetadataRegistry,
        open=lambda within: OpenMetadataRegistry(HOST, token=SECRET, within_s=within),
        listing="/api/v1/mlmodels",
        pages=[{"data": [model], "paging": {"total": 1}}],
        others={
            "/api/v1/teams/t-1": team | {"users": [ana, gone, {"id": "u-2", "type": "user", "name": "lee"}]},
            "/api/v1/users": {"data": users, "paging": {"total": 2}},
            "/api/v1/lineage/mlmodel/m-1": lineage,
        },
        owner_at=("data", 0, "owners"),
        token_at=("paging", "after"),
        models_at=("data",),
        text_at=("data", 0, "description"),
        setting="OPENMETADATA_HOST",
        empty={"data": [], "paging": {"total": 0}},
        facts={
            "owner.backup": ("lee@example.com", "openmetadata property"),
            "consumers": ("web-search, email", "openmetadata property"),
            "plain_name": ("Search ranking", "openmetadata display name"),
            "purpose": ("Ranks search results.", "openmetadata description"),
            "team": ("Search ranking", "openmetadata owner"),
            "owner": ("Ana Moreau <ana@example.com>", "openmetadata team Search ranking"),
            "endpoint.server": ("https://ml.example.com/ranker:predict", "openmetadata server"),
            "dashboard": (f"{HOST}/dashboard/grafana.ranker%20board", "openmetadata dashboard"),
            "features": ("ctr_7d, price", "openmetadata features"),
            "upstreams": ("table:dw.prod.items, topic:kafka.clicks", "openmetadata lineage"),
            "data_class": ("PII.None", "openmetadata tag"),
        },
    )


ALL = {make.__name__: make for make in (mlflow, unity_catalog, backstage, datahub, openmetadata)}
