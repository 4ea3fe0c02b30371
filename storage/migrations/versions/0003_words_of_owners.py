"""words of owners"""

from alembic import op
import sqlalchemy as sa
import storage.types


revision = '0003'
down_revision = '0002'


def upgrade() -> None:
    op.create_table('ownership_words',
    sa.Column('id', sa.Integer(), primary_key=True),
    sa.Column('model', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('said_by', sa.Text(), nullable=False),
    sa.Column('said_by_name', sa.Text(), nullable=False),
    sa.Column('owner', sa.Text(), nullable=True),
    sa.Column('registry_said', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('at', storage.types.UtcDateTime(timezone=True), nullable=False)
    )
    op.create_index('ix_ownership_words_model_id', 'ownership_words', ['model', 'id'])
