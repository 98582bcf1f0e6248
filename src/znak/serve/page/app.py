"""The page's server: Streamlit with fonts from the package, and uploads that go to disk.

streamlit run src/znak/serve/page/app.py --server.port 8501
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from streamlit.starlette import App

from znak.serve.page.uploads import SpoolUploads

_FONTS = ("Regular", "Medium", "Bold", "ExtraBold")


async def font(request: Request) -> Response:
    """Answer with one of the page's fonts (Manrope, OFL), which is a dependency of the package."""
    weight = str(request.path_params["weight"])
    spec = find_spec("font_manrope")
    if weight not in _FONTS or spec is None or spec.origin is None:
        return Response(status_code=404)
    path = Path(spec.origin).parent / "files" / f"Manrope-{weight}.ttf"
    return FileResponse(path, media_type="font/ttf", headers={"Cache-Control": "max-age=604800"})


app = App(
    Path(__file__).with_name("main.py"),
    routes=[Route("/znak/fonts/Manrope-{weight}.ttf", font)],
    middleware=[Middleware(SpoolUploads)],
)
