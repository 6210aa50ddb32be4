# SPDX-License-Identifier: Apache-2.0
"""Checks an OpenAPI document in its two forms; run by check-openapi and check-api.

Exits 1 with a line for everything that is wrong.
"""
import copy
import json
import sys

import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

ROOT = "urn:openapi"


def resolved(document, value):
    """What a reference into the document stands for."""
    while isinstance(value, dict) and "$ref" in value:
        target = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        value = target
    return value


def holders(document, value, pointer):
    """Everything with a schema and examples: contents, parameters, header fields."""
    if isinstance(value, dict):
        if "schema" in value and ("example" in value or "examples" in value):
            yield pointer, value
        for name, member in value.items():
            # Examples hold data of the API, not of the description.
            if name in ("example", "examples", "enum", "const", "default"):
                continue
            step = name.replace("~", "~0").replace("/", "~1")
            yield from holders(document, member, f"{pointer}/{step}")
    elif isinstance(value, list):
        for index, element in enumerate(value):
            yield from holders(document, element, f"{pointer}/{index}")


def examples(document, holder):
    if "example" in holder:
        yield "example", holder["example"]
    for name, example in holder.get("examples", {}).items():
        yield name, resolved(document, example)["value"]


def faults(document):
    """What is wrong with the examples of a valid document, and how many there are."""
    registry = Registry().with_resource(ROOT, Resource(contents=document, specification=DRAFT202012))
    count, found = 0, []
    for pointer, holder in holders(document, document, ""):
        # By address, so that references inside the schema are looked up in the document.
        schema = {"$ref": f"{ROOT}#{pointer}/schema".replace("{", "%7B").replace("}", "%7D")}
        validator = Draft202012Validator(schema, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER)
        for name, example in examples(document, holder):
            count += 1
            for error in validator.iter_errors(example):
                found.append(f"{pointer} {name}: {error.json_path}: {error.message}")
    return count, found


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        document = json.load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        same = yaml.safe_load(file)
    found = []
    if document != same:
        found.append("the YAML says something else than the JSON")
    validate(document)
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
    count, wrong = faults(document)
    found += wrong

    # The check itself must be able to fail.
    broken = copy.deepcopy(document)
    content = broken["paths"]["/api/auth/login/"]["post"]["responses"]["200"]["content"]["application/json"]
    content["example"] = {"access": 1}
    if len(faults(broken)[1]) != len(wrong) + 2:
        found.append("a broken example was not found")

    for line in found:
        print(f"check-openapi: {line}", file=sys.stderr)
    if not found:
        print(f"OpenAPI {document['openapi']}: {len(document['paths'])} paths, {count} examples fit their schemas")
    return 1 if found else 0


sys.exit(main())
