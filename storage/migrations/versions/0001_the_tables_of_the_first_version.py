"""the tables of the first version"""

from alembic import op
import sqlalchemy as sa
import storage.types


revision = '0001'
down_revision = None


def upgrade() -> None:
    op.create_table('alias_moves',
    sa.Column('id', sa.Integer(), primary_key=True),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('model', sa.Text(), nullable=False),
    sa.Column('alias', sa.Text(), nullable=False),
    sa.Column('version', sa.Text(), nullable=True),
    sa.Column('at', storage.types.UtcDateTime(timezone=True), nullable=False)
    )
    op.create_index('ix_alias_moves_model_alias_at', 'alias_moves', ['model', 'alias', 'at'])
    op.create_table('catalogue_models',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('card', sa.JSON(), nullable=False),
    sa.Column('synced_at', storage.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('missing_since', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_catalogue_models'))
    )
    op.create_table('contacts',
    sa.Column('contact', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Text(), nullable=True),
    sa.Column('problem', sa.Text(), nullable=True),
    sa.Column('checked_at', storage.types.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('contact', name=op.f('pk_contacts'))
    )
    op.create_table('incidents',
    sa.Column('id', sa.Integer(), primary_key=True),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('model', sa.Text(), nullable=False),
    sa.Column('model_known', sa.Boolean(), nullable=False),
    sa.Column('card', sa.JSON(), nullable=True),
    sa.Column('failure_mode', sa.Text(), nullable=False),
    sa.Column('severity', sa.Text(), nullable=False),
    sa.Column('peak_severity', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('private', sa.Boolean(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('opened_by', sa.Text(), nullable=False),
    sa.Column('opened_from', sa.Text(), nullable=True),
    sa.Column('channel_id', sa.Text(), nullable=True),
    sa.Column('channel_name', sa.Text(), nullable=True),
    sa.Column('card_ts', sa.Text(), nullable=True),
    sa.Column('announcement_channel', sa.Text(), nullable=True),
    sa.Column('announcement_ts', sa.Text(), nullable=True),
    sa.Column('impact', sa.Text(), nullable=True),
    sa.Column('ended_by', sa.Text(), nullable=True),
    sa.Column('next_update_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('first_bad_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('detected_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('declared_at', storage.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('assigned_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('mitigated_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('verified_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('resolved_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('closed_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.UniqueConstraint('channel_id', name=op.f('uq_incidents_channel_id')),
    sqlite_autoincrement=True
    )
    op.create_index('ix_incidents_model_status', 'incidents', ['model', 'status'])
    op.create_index('ix_incidents_status', 'incidents', ['status'])
    op.create_table('places',
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('channel_id', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('purpose', name=op.f('pk_places'))
    )
    op.create_table('playbook_texts',
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('playbook_id', sa.Text(), nullable=False),
    sa.Column('version', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('content_hash', name=op.f('pk_playbook_texts'))
    )
    op.create_table('registry_cards',
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('card', sa.JSON(), nullable=False),
    sa.Column('fetched_at', storage.types.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('source', 'name', name=op.f('pk_registry_cards'))
    )
    op.create_table('registry_syncs',
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('tried_at', storage.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('succeeded_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('models', sa.Integer(), nullable=False),
    sa.Column('problem', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('source', name=op.f('pk_registry_syncs'))
    )
    op.create_table('seen',
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('at', storage.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('answer', sa.JSON(), nullable=True),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_seen'))
    )
    op.create_index('ix_seen_at', 'seen', ['at'])
    op.create_table('slack_people',
    sa.Column('user_id', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=True),
    sa.Column('time_zone', sa.Text(), nullable=True),
    sa.Column('deactivated', sa.Boolean(), nullable=False),
    sa.Column('is_bot', sa.Boolean(), nullable=False),
    sa.Column('checked_at', storage.types.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_slack_people'))
    )
    op.create_table('effects',
    sa.Column('id', sa.Integer(), primary_key=True),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('payload', sa.JSON(), nullable=False),
    sa.Column('incident_id', sa.Integer(), nullable=True),
    sa.Column('needs_id', sa.Integer(), nullable=True),
    sa.Column('stream', sa.Text(), nullable=True),
    sa.Column('subject', sa.Text(), nullable=True),
    sa.Column('priority', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('due_at', storage.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('lease', sa.Text(), nullable=True),
    sa.Column('lease_until', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('progress', sa.JSON(), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('owed_at', storage.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('settled_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['incident_id'], ['incidents.id'], name=op.f('fk_effects_incident_id')),
    sa.ForeignKeyConstraint(['needs_id'], ['effects.id'], name=op.f('fk_effects_needs_id')),
    sa.UniqueConstraint('key', name=op.f('uq_effects_key'))
    )
    op.create_index('ix_effects_incident_id', 'effects', ['incident_id'])
    op.create_index('ix_effects_needs_id', 'effects', ['needs_id'])
    op.create_index('ix_effects_state_due_at', 'effects', ['state', 'due_at'])
    op.create_index('ix_effects_stream_state', 'effects', ['stream', 'state'])
    op.create_index('ix_effects_subject_state', 'effects', ['subject', 'state'])
    op.create_table('follow_ups',
    sa.Column('id', sa.Integer(), primary_key=True),
    sa.Column('incident_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('owner', sa.Text(), nullable=True),
    sa.Column('due_on', sa.String(length=10), nullable=True),
    sa.Column('added_by', sa.Text(), nullable=False),
    sa.Column('added_at', storage.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('done_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('done_by', sa.Text(), nullable=True),
    sa.Column('source_channel', sa.Text(), nullable=True),
    sa.Column('source_ts', sa.Text(), nullable=True),
    sa.Column('removed_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['incident_id'], ['incidents.id'], name=op.f('fk_follow_ups_incident_id')),
    sa.UniqueConstraint('incident_id', 'source_channel', 'source_ts', name=op.f('uq_follow_ups_incident_id_source_channel_source_ts'))
    )
    op.create_table('marks',
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('ts', sa.Text(), nullable=False),
    sa.Column('mark', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Text(), nullable=False),
    sa.Column('incident_id', sa.Integer(), nullable=False),
    sa.Column('changed_at', sa.Text(), nullable=False),
    sa.Column('there', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['incident_id'], ['incidents.id'], name=op.f('fk_marks_incident_id')),
    sa.PrimaryKeyConstraint('channel', 'ts', 'mark', 'user_id', name=op.f('pk_marks'))
    )
    op.create_index('ix_marks_incident_id', 'marks', ['incident_id'])
    op.create_table('participants',
    sa.Column('id', sa.Integer(), primary_key=True),
    sa.Column('incident_id', sa.Integer(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('contact', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=True),
    sa.Column('user_id', sa.Text(), nullable=True),
    sa.Column('problem', sa.Text(), nullable=True),
    sa.Column('added_at', storage.types.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['incident_id'], ['incidents.id'], name=op.f('fk_participants_incident_id')),
    sa.UniqueConstraint('incident_id', 'why', 'contact', name=op.f('uq_participants_incident_id_why_contact'))
    )
    op.create_index('ix_participants_user_id', 'participants', ['user_id'])
    op.create_table('reminders',
    sa.Column('id', sa.Integer(), primary_key=True),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('incident_id', sa.Integer(), nullable=True),
    sa.Column('next_due_at', storage.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('last_sent_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('sent', sa.Integer(), nullable=False),
    sa.Column('data', sa.JSON(), nullable=True),
    sa.Column('ended_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['incident_id'], ['incidents.id'], name=op.f('fk_reminders_incident_id')),
    sa.UniqueConstraint('key', name=op.f('uq_reminders_key'))
    )
    op.create_index('ix_reminders_ended_at_next_due_at', 'reminders', ['ended_at', 'next_due_at'])
    op.create_index('ix_reminders_incident_id', 'reminders', ['incident_id'])
    op.create_table('reviews',
    sa.Column('incident_id', sa.Integer(), nullable=False),
    sa.Column('author', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('markdown', sa.Text(), nullable=False),
    sa.Column('due_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('drafted_at', storage.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('changed_at', storage.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('published_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('published_by', sa.Text(), nullable=True),
    sa.Column('dismissed_reason', sa.Text(), nullable=True),
    sa.Column('snoozed_reason', sa.Text(), nullable=True),
    sa.Column('answers', sa.JSON(), nullable=True),
    sa.Column('message_ts', sa.Text(), nullable=True),
    sa.Column('file_id', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['incident_id'], ['incidents.id'], name=op.f('fk_reviews_incident_id')),
    sa.PrimaryKeyConstraint('incident_id', name=op.f('pk_reviews'))
    )
    op.create_table('role_holders',
    sa.Column('id', sa.Integer(), primary_key=True),
    sa.Column('incident_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Text(), nullable=False),
    sa.Column('given_by', sa.Text(), nullable=False),
    sa.Column('since', storage.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('until', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['incident_id'], ['incidents.id'], name=op.f('fk_role_holders_incident_id'))
    )
    op.create_index('ix_role_holders_incident_id', 'role_holders', ['incident_id'])
    op.create_table('runs',
    sa.Column('id', sa.Integer(), primary_key=True),
    sa.Column('incident_id', sa.Integer(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('chosen_because', sa.Text(), nullable=False),
    sa.Column('started_by', sa.Text(), nullable=False),
    sa.Column('started_at', storage.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('end', sa.Text(), nullable=True),
    sa.Column('message_ts', sa.Text(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['content_hash'], ['playbook_texts.content_hash'], name=op.f('fk_runs_content_hash')),
    sa.ForeignKeyConstraint(['incident_id'], ['incidents.id'], name=op.f('fk_runs_incident_id'))
    )
    op.create_index('ix_runs_incident_id', 'runs', ['incident_id'])
    op.create_table('timeline_entries',
    sa.Column('id', sa.Integer(), primary_key=True),
    sa.Column('incident_id', sa.Integer(), nullable=False),
    sa.Column('at', storage.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', storage.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('author', sa.Text(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('permalink', sa.Text(), nullable=True),
    sa.Column('source_channel', sa.Text(), nullable=True),
    sa.Column('source_ts', sa.Text(), nullable=True),
    sa.Column('added_by', sa.Text(), nullable=True),
    sa.Column('removed_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('data', sa.JSON(), nullable=True),
    sa.ForeignKeyConstraint(['incident_id'], ['incidents.id'], name=op.f('fk_timeline_entries_incident_id')),
    sa.UniqueConstraint('incident_id', 'source_channel', 'source_ts', name=op.f('uq_timeline_entries_incident_id_source_channel_source_ts'))
    )
    op.create_index('ix_timeline_entries_incident_id_at', 'timeline_entries', ['incident_id', 'at'])
    op.create_index('ix_timeline_entries_source_ts', 'timeline_entries', ['source_ts'])
    op.create_table('updates',
    sa.Column('id', sa.Integer(), primary_key=True),
    sa.Column('incident_id', sa.Integer(), nullable=False),
    sa.Column('at', storage.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('author', sa.Text(), nullable=False),
    sa.Column('impact', sa.Text(), nullable=False),
    sa.Column('changed', sa.Text(), nullable=True),
    sa.Column('next_step', sa.Text(), nullable=True),
    sa.Column('unknown', sa.Text(), nullable=True),
    sa.Column('promised_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.Column('next_at', storage.types.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['incident_id'], ['incidents.id'], name=op.f('fk_updates_incident_id'))
    )
    op.create_index('ix_updates_incident_id', 'updates', ['incident_id'])
    op.create_table('run_records',
    sa.Column('id', sa.Integer(), primary_key=True),
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('step', sa.Text(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('at', storage.types.UtcDateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('answer', sa.Text(), nullable=True),
    sa.Column('evidence', sa.JSON(), nullable=True),
    sa.Column('sets', sa.JSON(), nullable=True),
    sa.Column('replaced', sa.JSON(), nullable=True),
    sa.ForeignKeyConstraint(['run_id'], ['runs.id'], name=op.f('fk_run_records_run_id')),
    sa.UniqueConstraint('run_id', 'position', name=op.f('uq_run_records_run_id_position'))
    )
