"""As much of the Compose specification as docker-compose.yml uses; anything else is refused."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Duration = Annotated[str, Field(pattern=r"^(\d+(us|ms|s|m|h))+$")]
Size = Annotated[str, Field(pattern=r"^\d+(b|kb|mb|gb)$")]
Port = Annotated[str, Field(pattern=r"^(\$\{\w+:-)?[\d.]+\}?:\d+(-\d+)?:\d+$")]
Mount = Annotated[str, Field(pattern=r"^[\w./-]+:/[\w./-]+(:ro)?$")]
Image = Annotated[str, Field(pattern=r"^[a-z0-9/-]+:v?\d[\w.]*$")]
Restart = Literal["no", "always", "on-failure", "unless-stopped"]


class Part(BaseModel):
    """Strict: a key or a type that is not said here is an error."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Build(Part):
    context: str
    dockerfile: str


class Test(Part):
    __test__ = False
    test: Annotated[list[str], Field(min_length=2)] | None = None
    interval: Duration | None = None
    timeout: Duration | None = None
    retries: Annotated[int, Field(gt=0)] | None = None
    start_period: Duration | None = None
    disable: bool = False


class Dependency(Part):
    condition: Literal["service_started", "service_healthy", "service_completed_successfully"]


class Deploy(Part):
    replicas: Annotated[int, Field(gt=0)]


class Service(Part):
    image: Image
    build: Build | None = None
    command: list[str] | None = None
    environment: dict[str, str] = {}
    restart: Restart
    init: bool = False
    read_only: bool = False
    tmpfs: list[str] = []
    cap_drop: list[str] = []
    security_opt: list[str] = []
    stop_grace_period: Duration | None = None
    shm_size: Size | None = None
    ports: list[Port] = []
    volumes: list[Mount] = []
    healthcheck: Test | None = None
    depends_on: dict[str, Dependency] | list[str] = {}
    deploy: Deploy | None = None


class Volume(Part):
    pass


class Compose(Part):
    name: str
    services: dict[str, Service]
    volumes: dict[str, Volume]
