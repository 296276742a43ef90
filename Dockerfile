# joinedup and Airflow: one image for every process of theirs. Built and run by docker-compose.yml.
FROM python:3.11.13-slim-bookworm

RUN useradd --uid 10001 --create-home joinedup
WORKDIR /opt/joinedup
COPY requirements-pip.lock requirements-server.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements-pip.lock \
    && pip install --no-cache-dir --require-hashes -r requirements-server.lock
# Code, models, checks and DAGs belong to root: a task can read them and change nothing.
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
    && python -m compileall -q . \
    && chmod -R u=rwX,go=rX . \
    && mkdir -p /var/lib/joinedup/releases /var/lib/joinedup/status /var/log/airflow \
    && chown -R joinedup:joinedup /var/lib/joinedup /var/log/airflow
USER joinedup
ENV PYTHONDONTWRITEBYTECODE=1 JOINEDUP_HOME=/var/lib/joinedup JOINEDUP_RETURNS=/returns
ENTRYPOINT ["/opt/joinedup/deploy/with-secrets"]
CMD ["joinedup", "--help"]
