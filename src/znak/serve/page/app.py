"""The page's server: Streamlit with fonts from the package, and uploads that go to disk.

streamlit run src/znak/serve/page/app.py --server.port 8501
"""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from streamlit.starlette import App

from znak.serve.page.uploads import SpoolUploads

log = logging.getLogger(__name__)
_FONTS = ("Regular", "Medium", "Bold", "ExtraBold")


async def font(request: Request) -> Response:
    """Answer with one of the page's fonts (Manrope, OFL), which is a dependency of the package."""
    weight = str(request.path_params["weight"])
    spec = find_spec("font_manrope")
    if weight not in _FONTS or spec is None or spec.origin is None:
        return Response(status_code=404)
    path = Path(spec.origin).parent / "files" / f"Manrope-{weight}.ttf"
    return FileResponse(path, media_type="font/ttf", headers={"Cache-Control": "max-age=604800"})


def tell(error: Exception) -> bool:
    """Log what broke in the script, and tell the visitor in their language; nothing of it is shown."""
    from znak.serve.page.session import speech

    log.error("the page broke", exc_info=error)
    st.error(speech()("broken"))
    return True


app = App(
    Path(__file__).with_name("main.py"),
    on_script_error=tell,
    routes=[Route("/znak/fonts/Manrope-{weight}.ttf", font)],
    middleware=[Middleware(SpoolUploads)],
)
