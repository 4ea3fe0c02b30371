"""Holding a file against its pydantic model, and telling people what does not fit in their own words."""

import re
import types
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from playbooks.faults import Fault, closest, not_one_of
from playbooks.meanings import meaning
from playbooks.reading import Document, Path

REFUSED = "refused"


def refuse(why: str, *, at: str = "") -> PydanticCustomError:
    """What a validator raises about a field of what it looks at; for all else a ValueError will do."""
    return PydanticCustomError(REFUSED, "{why}", {"why": why, "at": at})


_GIVEN: dict[frozenset[str], set[str]] = {}


class Strict(BaseModel):
    """The base of everything read from a file: nothing unknown gets in, nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True)

    def model_post_init(self, _: object) -> None:
        """Share the set of names that were given: a fifth of the memory of a thousand playbooks is these sets."""
        given = self.__pydantic_fields_set__
        object.__setattr__(self, "__pydantic_fields_set__", _GIVEN.setdefault(frozenset(given), given))


Read = TypeVar("Read", bound=BaseModel)


def validate(model: type[Read], document: Document, data: object = None) -> tuple[Read | None, list[Fault]]:
    """The document (or `data` in its place, with the document's positions) as a model, or all its faults."""
    data = document.data if data is None else data
    if not isinstance(data, dict):
        return None, [document.fault((), "expected fields with names (`name: value`), found something else.")]
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        found = error.errors(include_url=False)
        placed = [(_place(data, one), one) for one in found if not _is_an_echo(one, found)]
        return None, [_fault(model, document, path, one) for path, one in _without_other_shapes(placed)]


def _is_an_echo(details: ErrorDetails, found: list[ErrorDetails]) -> bool:
    """A list whose only item is faulty is also said to be empty; once is enough."""
    loc = details["loc"]
    return details["type"] == "too_short" and any(
        one["loc"][: len(loc)] == loc and len(one["loc"]) > len(loc) for one in found
    )


_SHAPES = frozenset(
    {"string_type", "tuple_type", "list_type", "dict_type", "mapping_type", "model_type", "model_attributes_type"}
)


def _without_other_shapes(placed: list[tuple[Path, ErrorDetails]]) -> list[tuple[Path, ErrorDetails]]:
    """Where text or a list may stand, each says that it expected itself. Once is enough, and less where one fits."""
    told: dict[Path, list[ErrorDetails]] = {}
    for path, one in placed:
        told.setdefault(path, []).append(one)
    inner = {path[:length] for path in told for length in range(len(path))}
    kept: list[tuple[Path, ErrorDetails]] = []
    for path, errors in told.items():
        better = [one for one in errors if one["type"] not in _SHAPES]
        if len(errors) == 1 and path not in inner:
            better = errors
        elif not better and path not in inner:
            said = " or ".join(dict.fromkeys(_FIXED[one["type"]].removeprefix("expected ") for one in errors))
            better = [{**errors[0], "type": REFUSED, "ctx": {"why": f"expected {said}", "at": ""}}]
        kept += [(path, one) for one in better]
    return kept


def _fault(model: type[BaseModel], document: Document, path: Path, details: ErrorDetails) -> Fault:
    kind, loc = details["type"], details["loc"]
    if kind == "extra_forbidden":
        allowed = {name for one in _models(model, loc[:-1]) for name in _names(one)}
        return document.fault(path, _unknown_field(str(path[-1]), allowed), at_key=True)
    if kind == "missing":
        said = next(filter(None, (meaning(one.__name__, str(loc[-1])) for one in _models(model, loc[:-1]))), "")
        return document.fault(path, f"is missing. {said}".rstrip())
    return document.fault(path, _say(details), at_key=loc[-1:] == ("[key]",))


def _place(data: object, details: ErrorDetails) -> Path:
    loc = details["loc"]
    if details["type"] == REFUSED:
        loc = (*loc, details["ctx"]["at"])
    return _real_path(data, loc, is_missing=details["type"] == "missing")


def _real_path(data: object, loc: tuple[int | str, ...], *, is_missing: bool) -> Path:
    """Pydantic's location without the names of union members, which are in no file."""
    path: list[int | str] = []
    for at, part in enumerate(loc):
        is_there = (isinstance(data, dict) and part in data) or (
            isinstance(data, list) and isinstance(part, int) and part < len(data)
        )
        if is_there:
            data = data[part]  # type: ignore[index]  # looked up the line above
            path.append(part)
        elif is_missing and at == len(loc) - 1:
            path.append(part)
    return tuple(path)


def _say(details: ErrorDetails) -> str:
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    if kind in {"literal_error", "enum"}:
        allowed = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        return not_one_of(str(value), allowed)
    if kind == "string_type" and isinstance(value, int | float):
        return "expected text, found a number or true/false; put it in quotes."
    if kind in {"value_error", "assertion_error"}:
        said = str(context.get("error", details["msg"]))
    elif kind == REFUSED:
        said = str(context["why"])
    else:
        said = _FIXED[kind].format(**context) if kind in _FIXED else details["msg"]
    return said if said.endswith("?") else said.rstrip(".") + "."


_FIXED = {
    "string_type": "expected text",
    "string_too_short": "must not be empty",
    "string_too_long": "is too long: at most {max_length} characters",
    "int_type": "expected a whole number",
    "int_parsing": "expected a whole number",
    "int_from_float": "expected a whole number",
    "int_parsing_size": "expected a smaller number",
    "date_type": "expected a day, such as 2027-05-01",
    "date_parsing": "expected a day, such as 2027-05-01",
    "date_from_datetime_parsing": "expected a day, such as 2027-05-01",
    "date_from_datetime_inexact": "expected a day, such as 2027-05-01",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "tuple_type": "expected a list (lines that start with “- ”)",
    "list_type": "expected a list (lines that start with “- ”)",
    "dict_type": "expected fields with names (`name: value`)",
    "mapping_type": "expected fields with names (`name: value`)",
    "model_type": "expected fields with names (`name: value`)",
    "model_attributes_type": "expected fields with names (`name: value`)",
    "too_short": "needs at least {min_length}",
    "too_long": "at most {max_length} are allowed",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
}


def _unknown_field(name: str, allowed: set[str]) -> str:
    meant = closest(name, allowed)
    hint = f"; did you mean “{meant}”?" if meant else "."
    return f"there is no such field{hint} Allowed: {', '.join(sorted(allowed)) or 'nothing'}."


def _names(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def _models(annotation: Any, loc: tuple[int | str, ...]) -> tuple[type[BaseModel], ...]:
    """The models that may stand at a location; `annotation` is any type that may stand in a model."""
    annotation = _bare(annotation)
    if get_origin(annotation) in {Union, types.UnionType}:
        return _union_models(annotation, loc)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not loc:
            return (annotation,)
        fields = {field.alias or name: field for name, field in annotation.model_fields.items()}
        field = fields.get(str(loc[0]))
        return _models(field.annotation, loc[1:]) if field else ()
    inner = [part for part in get_args(annotation) if part is not Ellipsis]
    return _models(inner[-1], loc[1:]) if inner and loc else ()


def _union_models(annotation: Any, loc: tuple[int | str, ...]) -> tuple[type[BaseModel], ...]:
    """Pydantic names the member of a union in the location: by its tag, else by its class."""
    members = get_args(annotation)
    named = {_tag(one) or getattr(_bare(one), "__name__", ""): one for one in members}
    if loc and str(loc[0]) in named:
        return _models(named[str(loc[0])], loc[1:])
    return tuple(model for one in members for model in _models(one, loc))


def _tag(annotation: Any) -> str:
    return next((extra.tag for extra in getattr(annotation, "__metadata__", ()) if hasattr(extra, "tag")), "")


def _bare(annotation: Any) -> Any:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation
