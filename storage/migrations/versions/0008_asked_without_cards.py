"""what is asked of the catalogue often, without its cards"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_index("ix_catalogue_models_seen", "catalogue_models", ["missing_since", "synced_at"])
    op.add_column("catalogue_models", sa.Column("tier", sa.Integer(), nullable=True))
    op.add_column("catalogue_models", sa.Column("team", sa.Text(), nullable=True))
    op.add_column("catalogue_models", sa.Column("asked", sa.Integer(), nullable=True))
    op.add_column("catalogue_models", sa.Column("lacked", sa.Integer(), nullable=True))
    # The next reading writes every card again, and with it what stands in the new columns.
    op.execute("UPDATE catalogue_models SET recipe = NULL")
