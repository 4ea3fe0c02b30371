"""people, groups and on call"""

from alembic import op
import sqlalchemy as sa
import storage.types


revision = '0005'
down_revision = '0004'


def upgrade() -> None:
    op.create_table('contact_aliases',
    sa.Column('contact', sa.Text(), primary_key=True),
    sa.Column('means', sa.Text(), nullable=False)
    )
    op.create_table('on_calls',
    sa.Column('contact', sa.Text(), primary_key=True),
    sa.Column('person', sa.Text(), nullable=True),
    sa.Column('source', sa.Text(), nullable=True),
    sa.Column('until', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('answered_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('problem', sa.Text(), nullable=True),
    sa.Column('asked_at', storage.types.UtcDateTime(timezone=True), nullable=False)
    )
    op.create_table('rotas',
    sa.Column('name', sa.Text(), primary_key=True),
    sa.Column('body', sa.JSON(), nullable=False)
    )
    op.create_table('slack_groups',
    sa.Column('group_id', sa.Text(), primary_key=True),
    sa.Column('handle', sa.Text(), nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.Column('checked_at', storage.types.UtcDateTime(timezone=True), nullable=False)
    )
