"""how well each team's models are documented, week by week"""

from alembic import op
import sqlalchemy as sa


revision = '0006'
down_revision = '0005'


def upgrade() -> None:
    op.create_table('team_scores',
    sa.Column('week', sa.String(length=10), primary_key=True),
    sa.Column('team', sa.Text(), primary_key=True),
    sa.Column('models', sa.Integer(), nullable=False),
    sa.Column('asked', sa.Integer(), nullable=False),
    sa.Column('lacked', sa.Integer(), nullable=False)
    )
