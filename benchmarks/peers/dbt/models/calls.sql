select
    "编号" as call_id,
    "班组" as team_id,
    "坐席" as agent_id,
    "通话时间" as started_at,
    "时长秒" as talk_seconds,
    case "结果"
        when '接通' then 'connected' when '未接' then 'missed' when '忙线' then 'busy' when '拒接' then 'refused'
    end as outcome_type,
    "备注" as note
from read_csv('{{ env_var("PEERS_FILE") }}', header = true, auto_detect = false, delim = ',', quote = '"', columns = {
    '编号': 'BIGINT', '班组': 'VARCHAR', '坐席': 'VARCHAR', '通话时间': 'TIMESTAMP', '时长秒': 'INTEGER',
    '结果': 'VARCHAR', '备注': 'VARCHAR'})
