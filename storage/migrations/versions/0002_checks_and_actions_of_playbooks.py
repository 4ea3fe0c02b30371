"""checks and actions of playbooks"""

from alembic import op
import sqlalchemy as sa
import storage.types


revision = '0002'
down_revision = '0001'


def upgrade() -> None:
    op.create_table('calls',
    sa.Column('id', sa.Integer(), primary_key=True),
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('step', sa.Text(), nullable=False),
    sa.Column('turn', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('said', sa.Text(), nullable=True),
    sa.Column('got', sa.Text(), nullable=True),
    sa.Column('asked_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('held_since', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('preview', sa.JSON(), nullable=True),
    sa.Column('before', sa.Text(), nullable=True),
    sa.Column('after', sa.Text(), nullable=True),
    sa.Column('requested_by', sa.Text(), nullable=True),
    sa.Column('requested_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.Text(), nullable=True),
    sa.Column('decided_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('ended_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('undone_by', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['run_id'], ['runs.id'], name=op.f('fk_calls_run_id')),
    sa.UniqueConstraint('run_id', 'step', 'turn', name=op.f('uq_calls_run_id_step_turn'))
    )
