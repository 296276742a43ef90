# One image for every joinedup process. Built and run by docker-compose.yml.
FROM python:3.11-slim-bookworm

RUN useradd --uid 10001 --create-home joinedup
WORKDIR /opt/joinedup
COPY requirements-pip.lock requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements-pip.lock \
    && pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
    && mkdir -p /var/lib/joinedup && chown joinedup /var/lib/joinedup
USER joinedup
ENV JOINEDUP_HOME=/var/lib/joinedup JOINEDUP_RETURNS=/returns
ENTRYPOINT ["joinedup"]
CMD ["run"]
