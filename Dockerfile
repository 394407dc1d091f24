# One recipe for every image of the stack.
#   docker build --build-arg SERVICE=collector .                     a service that runs `kalshi`
#   docker build --build-arg SERVICE=monitor --target monitor .      the page, which runs on
#   docker build --build-arg SERVICE=simulator --target simulator .  the simulated exchange
# An image holds kalshi_common, its one service and that service's lock, nothing of the others: trading code is not
# even present in the collector. Which service package is present is also how `kalshi run` knows the image's mode.

FROM python:3.13-slim-trixie AS base
ENV PATH=/opt/venv/bin:${PATH} \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1


FROM base AS build
ARG SERVICE=collector
# pip lives in a virtual environment of its own and installs into the other one, which so never holds it.
RUN python3 -m venv /opt/pip && python3 -m venv --without-pip /opt/venv
COPY requirements/${SERVICE}.txt /tmp/lock.txt
# Wheels only: there is no compiler here, and a lock that needs one must fail now, not at run time.
RUN --mount=type=cache,target=/root/.cache/pip \
    /opt/pip/bin/pip --python /opt/venv/bin/python --disable-pip-version-check --quiet install \
        --require-hashes --only-binary=:all: --no-compile -r /tmp/lock.txt
# `unchecked-hash`: bytecode that does not depend on file dates, so an unchanged layer stays unchanged.
RUN python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv/lib

SHELL ["/bin/sh", "-eu", "-c"]
# Mounted, not copied: only what `cp` takes can reach the image. The simulator shares no code with the stack.
RUN --mount=type=bind,source=shared,target=/src/shared \
    --mount=type=bind,source=services,target=/src/services \
    mkdir /app; \
    cp -R "/src/services/${SERVICE}" /app/; \
    if [ "${SERVICE}" = simulator ]; then name=kalshi-simulator module=simulator.cli; \
    else cp -R /src/shared/kalshi_common /app/; name=kalshi module=kalshi_common.cli; fi; \
    printf '#!/opt/venv/bin/python\nimport sys\n\nfrom %s import main\n\nsys.exit(main())\n' "${module}" \
        > "/opt/venv/bin/${name}"; \
    chmod 0755 "/opt/venv/bin/${name}"; \
    python3 -m compileall -q --invalidation-mode unchecked-hash /app


FROM base AS image
# Nothing may be installed in a running container: the base image's own pip goes as well.
# A new named volume takes over the owner of /var/lib/kalshi, so the data is writable without root.
RUN rm -rf /usr/local/bin/pip* /usr/local/lib/python3.*/ensurepip /usr/local/lib/python3.*/site-packages/pip* \
        /usr/lib/python3.*/ensurepip /usr/share/python-wheels \
    && groupadd --gid 10001 kalshi \
    && useradd --uid 10001 --gid kalshi --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin kalshi \
    && install -d -o kalshi -g kalshi -m 0750 /var/lib/kalshi
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
# yoyo writes the user's name beside each migration and has none to look up in a container started under another uid.
ENV PYTHONPATH=/app \
    LOGNAME=kalshi
WORKDIR /app
USER 10001:10001
ARG SERVICE=collector
ARG VERSION=local
LABEL org.opencontainers.image.title="kalshi-${SERVICE}" \
      org.opencontainers.image.description="Kalshi stack: ${SERVICE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="MIT"


FROM image AS simulator
EXPOSE 8080
ENTRYPOINT ["kalshi-simulator"]
CMD ["--host", "0.0.0.0", "--port", "8080"]


FROM image AS command
# KALSHI_CONFIG stays unset: the built-in default is the macro scope. The samples: `run --config config/all.json`.
COPY config /app/config
ENTRYPOINT ["kalshi"]


# The long-running one. Its HEALTHCHECK stands in compose.yaml, beside the port it asks.
FROM command AS monitor
EXPOSE 8080
CMD ["monitor", "--host", "0.0.0.0", "--port", "8080"]


# The last stage is what a build without --target makes.
FROM command AS service
# No HEALTHCHECK: this runs one cycle and exits. `kalshi health` is the check, for schedulers and for people.
CMD ["run"]
