"""The OpenAPI document as a page that people can read: no scripts, nothing from elsewhere.

    page = render(app.openapi())

It is made of our own document alone; every text is escaped all the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_STYLE = """
:root{--ink:#1d2430;--soft:#5a6472;--line:#e2e6ec;--ground:#fff;--tint:#f6f7f9;--mark:#c2410c}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaee;--soft:#9aa4b2;--line:#2c333d;--ground:#14181e;
--tint:#1b2027;--mark:#fb923c}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);
font:16px/1.55 system-ui,sans-serif}main{max-width:860px;margin:0 auto;padding:40px 20px 80px}
h1{font-size:30px;margin:0 0 4px}h2{font-size:21px;margin:52px 0 4px}p{margin:8px 0}
.soft{color:var(--soft)}code{font:14px/1.5 ui-monospace,monospace;overflow-wrap:anywhere}
section{border:1px solid var(--line);border-radius:10px;margin:14px 0;overflow:hidden}
summary{cursor:pointer;padding:12px 16px;display:flex;gap:12px;flex-wrap:wrap;align-items:baseline}
summary:hover{background:var(--tint)}details>div{padding:4px 16px 16px;border-top:1px solid var(--line)}
.verb{font:600 12px/1.6 ui-monospace,monospace;color:var(--mark);min-width:52px}
.what{margin-left:auto;color:var(--soft)}h3{font-size:14px;margin:20px 0 4px;color:var(--soft)}
table{width:100%;border-collapse:collapse;font-size:14.5px;table-layout:fixed}a{color:var(--mark)}
td{border-top:1px solid var(--line);padding:7px 12px 7px 0;vertical-align:top}
td:first-child{width:26%}td:nth-child(2){color:var(--soft);width:30%}
@media(max-width:620px){td,td:nth-child(n){width:auto}td{display:block;border:0;padding:0}td:first-child{border-top:1px solid
var(--line);padding-top:8px}td:last-child{padding-bottom:8px}
.what{margin-left:0;width:100%}}
"""


def render(document: Mapping[str, Any]) -> str:
    """Return the page of a document."""
    info = document["info"]
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(info['title'])} API</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(info['title'])} API</h1>"
        f'<p class="soft">{escape(info["summary"])} · {escape(info["version"])} · '
        '<a href="/openapi.json">openapi.json</a></p>',
        _prose(info["description"]),
    ]
    for tag in document["tags"]:
        parts.append(f"<h2>{escape(tag['name'].capitalize())}</h2>")
        parts.append(f'<p class="soft">{escape(tag["description"])}</p>')
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if tag["name"] in operation["tags"]:
                    parts.append(_operation(document, method, path, operation))
    return "".join(parts) + "</main></body></html>\n"


def _operation(
    document: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]
) -> str:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    tables = [
        ("Parameters", list(_parameters(document, operation.get("parameters", [])))),
        ("Body", list(_fields(document, body.get("schema", {})))),
        ("Answer", list(_fields(document, _answer(operation)))),
        ("Statuses", list(_statuses(operation["responses"]))),
    ]
    shown = "".join(
        f"<h3>{title}</h3><table>{''.join(rows)}</table>" for title, rows in tables if rows
    )
    return (
        f'<section><details><summary><span class="verb">{method.upper()}</span>'
        f"<code>{escape(path)}</code>"
        f'<span class="what">{escape(operation["summary"])}</span></summary>'
        f"<div>{_prose(operation['description'])}{shown}</div></details></section>"
    )


def _parameters(document: Mapping[str, Any], parameters: list[Mapping[str, Any]]) -> Iterator[str]:
    for parameter in parameters:
        kind = f"{_kind(document, parameter['schema'])}, {parameter['in']}"
        yield _row(parameter["name"], kind, parameter.get("description", ""))


def _fields(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    found = _resolve(document, schema)
    required = set(found.get("required", ()))
    fields = found.get("properties", {})
    for name in sorted(fields, key=lambda name: name not in required):
        field = fields[name]
        kind = _kind(document, field) + (", required" if name in required else "")
        if field.get("default") not in (None, [], {}):
            kind += f", by default {json.dumps(field['default'], ensure_ascii=False)}"
        yield _row(name, kind, _described(document, field))


def _statuses(responses: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for status, response in sorted(responses.items()):
        yield _row(status, ", ".join(response.get("content", {})), response["description"])


def _answer(operation: Mapping[str, Any]) -> Mapping[str, Any]:
    for status in ("200", "202"):
        content = operation["responses"].get(status, {}).get("content", {})
        if schema := content.get("application/json", {}).get("schema"):
            return dict(schema)
    return {}


def _resolve(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    name = schema["$ref"].rpartition("/")[2]
    return dict(document["components"]["schemas"][name])


def _described(document: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    parts = (schema, *schema.get("anyOf", ()))
    for part in (*parts, *(_resolve(document, part) for part in parts)):
        if text := part.get("description"):
            return str(text)
    return ""


def _kind(document: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Return what values a schema takes, in a few words."""
    if options := schema.get("anyOf"):
        kinds = [_kind(document, option) for option in options if option.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "$ref" in schema:
        return "object"
    if values := schema.get("enum"):
        shown = ", ".join(map(str, values[:9]))
        return shown + (" …" if len(values) > 9 else "")
    if "const" in schema:
        return str(schema["const"])
    kind = str(schema.get("type", "any"))
    if kind == "array":
        return f"list of {_kind(document, schema.get('items', {}))}"
    low, high = schema.get("minimum"), schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is not None and (high or 0) > 10**6:
        return f"{kind} from {low:g}"
    return f"{kind} {low:g}–{high:g}" if low is not None and high is not None else kind


def _row(name: str, kind: str, text: str) -> str:
    return f"<tr><td><code>{escape(name)}</code></td><td>{escape(kind)}</td><td>{_inline(text)}</td></tr>"


def _prose(text: str) -> str:
    """Return paragraphs of escaped text, `code` and **bold** in them."""
    return "".join(f"<p>{_inline(part)}</p>" for part in text.split("\n\n") if part.strip())


def _inline(text: str) -> str:
    shown = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
    return re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", shown)
