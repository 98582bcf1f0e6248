# Znak's services in one image: worker, HTTP API and web page.
#
#   docker build -t znak .
#   docker run --rm -p 8501:8501 -p 8000:8000 -v znak:/data znak
#
# What is drawn, stored and logged lies in /data. Nothing is downloaded at run time.

FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN python -m venv /opt/znak \
 && /opt/znak/bin/pip install --no-cache-dir --disable-pip-version-check '.[serve]'

FROM python:3.12-slim
RUN groupadd --system --gid 10001 znak \
 && useradd --system --uid 10001 --gid znak --home-dir /data --shell /usr/sbin/nologin znak \
 && install --directory --owner znak --group znak --mode 0750 /data
COPY --from=build /opt/znak /opt/znak
ENV PATH=/opt/znak/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ZNAK_DATA=/data \
    ZNAK_HOST=0.0.0.0
USER znak
WORKDIR /data
VOLUME /data
EXPOSE 8000 8501
# the API answers once the store does; a container that runs another part overrides this
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:%s/readyz' % os.environ.get('ZNAK_PORT', 8000), timeout=4)"]
# znak ends its parts in order on SIGTERM: streams first, jobs are kept
STOPSIGNAL SIGTERM
ENTRYPOINT ["znak"]
CMD ["serve"]
