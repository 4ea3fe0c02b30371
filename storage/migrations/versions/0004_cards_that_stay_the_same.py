"""cards that stay the same are not written again"""

from alembic import op
import sqlalchemy as sa


revision = '0004'
down_revision = '0003'


def upgrade() -> None:
    op.add_column('catalogue_models', sa.Column('title', sa.Text(), nullable=True))
    op.add_column('catalogue_models', sa.Column('contacts', sa.JSON(), nullable=True))
    op.add_column('catalogue_models', sa.Column('recipe', sa.Text(), nullable=True))
    op.add_column('registry_cards', sa.Column('digest', sa.Text(), nullable=True))
