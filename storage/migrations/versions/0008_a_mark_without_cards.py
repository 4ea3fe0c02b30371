"""whether the catalogue moved, told without reading its cards"""

from alembic import op


revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_index("ix_catalogue_models_seen", "catalogue_models", ["missing_since", "synced_at"])
