"""when a word on an owner was written to MLflow's tags"""

from alembic import op
import sqlalchemy as sa
import storage.types


revision = '0007'
down_revision = '0006'


def upgrade() -> None:
    op.add_column('ownership_words', sa.Column('written_at', storage.types.UtcDateTime(timezone=True), nullable=True))
