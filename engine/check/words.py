"""What a refusal says: for each code the reason and the remedy, in Chinese and in English.

``{detail}`` stands for what the rule found. A test asks that every code a rule can give has its words here.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from engine.model import Refusal


class Words(NamedTuple):
    """The words of one code."""

    reason: str
    reason_en: str
    remedy: str
    remedy_en: str


_SYNTAX: Final = "表达式用 Python 的写法，事实写作 事物.字段"
_SYNTAX_EN: Final = "Write expressions in Python's syntax, facts as thing.field"

_FILES: Final = {
    "not_xml": Words(
        "不是可读的 XML：{detail}", "not readable XML: {detail}", "重新导出该文件", "Export the file again"
    ),
    "doctype": Words(
        "含有 DOCTYPE 或实体，不予读取：{detail}",
        "it declares a document type or uses entities: {detail}",
        "删去 DOCTYPE 声明和实体",
        "Remove the DOCTYPE and entities",
    ),
    "too_large": Words("文件过大：{detail}", "the file is too large: {detail}", "拆分流程", "Split the process"),
    "too_deep": Words(
        "元素嵌套过深：{detail}", "elements are nested too deep: {detail}", "减少嵌套", "Nest fewer elements"
    ),
    "too_many_elements": Words(
        "元素过多：{detail}", "there are too many elements: {detail}", "拆分流程", "Split the process"
    ),
    "too_many_nodes": Words(
        "活动、事件、网关和连线过多：{detail}",
        "there are too many activities, events, gateways and flows: {detail}",
        "拆分流程，用 callActivity 调用各部分",
        "Split the process, and call its parts by callActivity",
    ),
    "not_bpmn": Words(
        "不是 BPMN 2.0 或 DMN 文件：{detail}",
        "neither BPMN 2.0 nor DMN: {detail}",
        "以 BPMN 2.0 或 DMN 格式导出",
        "Export it as BPMN 2.0 or DMN",
    ),
    "no_process": Words(
        "文件中没有流程", "the file holds no process", "画一个可执行的流程", "Draw an executable process"
    ),
    "not_executable": Words(
        "流程标为不可执行",
        "the process is marked as not executable",
        "将 isExecutable 设为 true",
        "Set isExecutable to true",
    ),
    "file_missing": Words(
        "缺少文件：{detail}",
        "a file is missing: {detail}",
        "补上该文件，或改正名称",
        "Add the file or correct the name",
    ),
    "called_missing": Words(
        "被调用的流程不存在：{detail}",
        "the called process does not exist: {detail}",
        "改正 calledElement",
        "Correct calledElement",
    ),
    "called_global": Words(
        "调用的是全局任务，不支持：{detail}",
        "it calls a global task, which does not run here: {detail}",
        "把全局任务改成流程",
        "Make the global task a process",
    ),
    "called_start": Words(
        "被调用的流程没有空白开始事件：{detail}",
        "the called process has no plain start event: {detail}",
        "给被调用的流程加空白开始事件",
        "Let the called process begin with a plain start event",
    ),
    "process_twice": Words(
        "另一个文件中有同一编号的流程",
        "another file holds a process of the same id",
        "给每个流程不同的编号",
        "Give each process an id of its own",
    ),
    "document_unknown": Words(
        "看不出用哪个文书模板：{detail}",
        "no template is named: {detail}",
        "把模板名写成带引号的文字",
        "Write the template's name in quotes",
    ),
    "rule_unknown": Words(
        "规则不存在：{detail}", "there is no rule {detail}", "改正规则名称和版本", "Correct the rule's name and version"
    ),
    "limit_unknown": Words(
        "期限不存在：{detail}",
        "there is no limit {detail}",
        "使用 parameters/limits.yaml 中的期限编号",
        "Use an id of parameters/limits.yaml",
    ),
    "limit_not_suspended": Words(
        "法律没有规定期限 {detail} 可以中止",
        "the law lets nothing suspend the limit {detail}",
        "删去 deadline.suspend；确有依据的，在 parameters/limits.yaml 写明 suspended_by",
        "Remove deadline.suspend, or name the ground under suspended_by in parameters/limits.yaml",
    ),
    "limit_not_extended": Words(
        "法律没有规定期限 {detail} 可以延长",
        "the law does not let the limit {detail} be extended",
        "删去 deadline.extend；确有依据的，在 parameters/limits.yaml 写明 extension",
        "Remove deadline.extend, or write extension in parameters/limits.yaml",
    ),
    "limit_length_fixed": Words(
        "期限 {detail} 由法律定长，不能另行指定",
        "the law fixes the length of the limit {detail}: none may be given",
        "删去 length=",
        "Remove length=",
    ),
    "limit_length_missing": Words(
        "期限 {detail} 由机构定长，但没有写明由哪个事实给出",
        "the office sets the length of the limit {detail}, and no fact gives it",
        "写 length=事实",
        "Write length=FACT",
    ),
    "limits": Words(
        "期限文件不能读取：{detail}",
        "the limits cannot be read: {detail}",
        "改正 parameters/limits.yaml",
        "Put parameters/limits.yaml right",
    ),
    "fact_undeclared": Words(
        "事实没有声明：{detail}",
        "the fact {detail} is not declared",
        "在 facts/ 中声明它，或改正名称",
        "Declare it in facts/, or correct the name",
    ),
    "code_unknown": Words(
        "事实没有这个代码，比较永远不成立：{detail}",
        "the fact has no such code, so this can never hold: {detail}",
        "使用已声明的代码",
        "Use a declared code",
    ),
    "facts": Words(
        "事实声明有误：{detail}",
        "the declarations are wrong: {detail}",
        "改正声明文件",
        "Correct the declarations",
    ),
    "form": Words(
        "表单有误：{detail}", "the form is wrong: {detail}", "改正表单的 JSON Schema", "Correct the form's JSON Schema"
    ),
    "form_type": Words(
        "表单字段与事实的类型不符：{detail}",
        "the field's type is not that of the fact: {detail}",
        "使字段类型与声明一致",
        "Give the field the declared type",
    ),
    "form_code": Words(
        "表单选项不在事实的代码表中：{detail}",
        "the choice is not among the fact's codes: {detail}",
        "使用已声明的代码",
        "Use declared codes",
    ),
}

_STRUCTURE: Final = {
    "duplicate_id": Words(
        "编号重复 {detail} 次",
        "the id is used {detail} times",
        "给每个元素不同的编号",
        "Give each element an id of its own",
    ),
    "missing_id": Words("有 {detail} 没有编号", "a {detail} has no id", "给它一个编号", "Give it an id"),
    "bad_id": Words(
        "编号不合规：{detail}",
        "the id is not a name: {detail}",
        "编号以字母或下划线开头，只含字母、数字、. _ -",
        "Begin ids with a letter or underscore; use only letters, digits, . _ -",
    ),
    "dangling_reference": Words(
        "引用的元素不存在或种类不对：{detail}",
        "it refers to what is not there, or is of another kind: {detail}",
        "改正引用",
        "Correct the reference",
    ),
    "unknown_element": Words(
        "不是 BPMN 2.0 允许的内容：{detail}",
        "not allowed by BPMN 2.0: {detail}",
        "删去该内容",
        "Remove it",
    ),
    "boolean": Words(
        "真假值写法不对：{detail}",
        "this is neither true nor false: {detail}",
        "写 true 或 false",
        "Write true or false",
    ),
    "part_twice": Words(
        "只能写一次的内容写了几次：{detail}",
        "it is given more than once, and only the first would be read: {detail}",
        "只留一个",
        "Keep one",
    ),
    "mime_type": Words(
        "文本格式不是 MIME 类型：{detail}",
        "the text format is no MIME type: {detail}",
        "使用 text/plain",
        "Use text/plain",
    ),
    "flow_end": Words(
        "顺序流的一端不在同一层：{detail}",
        "an end of the flow is not a node of the same process or sub-process: {detail}",
        "顺序流只连接同一层的节点；跨子流程请经过其边界",
        "Connect nodes of one level; to leave a sub-process, end it",
    ),
    "double_flow": Words(
        "到 {detail} 有两条顺序流",
        "two flows lead to {detail}",
        "删去一条，条件用 or 合并",
        "Remove one and join the conditions by or",
    ),
    "flow_reference": Words(
        "列出的顺序流与图不符：{detail}",
        "a flow it lists is not its own: {detail}",
        "重新连接该节点",
        "Connect the node again",
    ),
    "incoming_not_allowed": Words(
        "此处不能有进入的顺序流：{detail}",
        "no flow may come in here: {detail}",
        "删去进入的顺序流",
        "Remove the incoming flow",
    ),
    "outgoing_not_allowed": Words(
        "此处不能有离开的顺序流：{detail}",
        "no flow may go out here: {detail}",
        "删去离开的顺序流",
        "Remove the outgoing flow",
    ),
    "event_sub_process_flow": Words(
        "事件子流程不能连接顺序流",
        "an event sub-process has no flows",
        "由其开始事件触发，删去顺序流",
        "Let its start event trigger it and remove the flows",
    ),
    "dead_end": Words(
        "没有离开的顺序流",
        "no flow leaves it",
        "连到下一步或结束事件",
        "Connect it to what follows, or to an end event",
    ),
    "unreachable": Words(
        "没有路径能到达",
        "nothing leads here",
        "从开始事件连到它，或删去它",
        "Connect it from the start, or remove it",
    ),
    "boundary_host": Words(
        "边界事件没有附着在同一层的活动上：{detail}",
        "the boundary event is not attached to an activity of its level: {detail}",
        "附着到任务或子流程上",
        "Attach it to a task or sub-process",
    ),
    "gateway_direction": Words(
        "网关方向与连线不符：{detail}",
        "the gateway's direction is not what its flows say: {detail}",
        "改正连线，或删去 gatewayDirection",
        "Correct the flows, or remove gatewayDirection",
    ),
    "default_flow": Words(
        "默认流不是它自己的，或此处不能有默认流：{detail}",
        "the default flow is not its own, or none is allowed here: {detail}",
        "选一条离开的顺序流作为默认流",
        "Choose one of its outgoing flows",
    ),
    "default_condition": Words(
        "默认流带有条件，条件会被忽略",
        "the default flow has a condition, which would be ignored",
        "删去默认流的条件",
        "Remove the default flow's condition",
    ),
    "empty_scope": Words(
        "里面没有内容", "there is nothing in it", "画出内容，或改成任务", "Fill it, or make it a task"
    ),
    "no_start": Words("没有开始事件", "it has no start event", "加一个开始事件", "Add a start event"),
    "no_end": Words("没有结束事件", "it has no end event", "加一个结束事件", "Add an end event"),
    "several_starts": Words(
        "有多个开始事件：{detail}",
        "it has several start events: {detail}",
        "只留一个开始事件",
        "Keep one start event",
    ),
    "link_pair": Words(
        "链接事件没有唯一的配对：{detail}",
        "the link has no single counterpart in its level: {detail}",
        "同一层中每个链接名只有一个接收方，且有发送方",
        "Give each link name exactly one catching event and a throwing one on the same level",
    ),
    "lane_twice": Words("同时属于两个泳道", "it stands in two lanes", "只放进一个泳道", "Put it into one lane"),
    "multiplicity": Words(
        "参与者数量不合理：{detail}",
        "the participant's multiplicity makes no sense: {detail}",
        "最小值不得大于最大值",
        "Let the minimum not exceed the maximum",
    ),
    "message_flow": Words(
        "消息流只能连接不同的池，从发送方到接收方：{detail}",
        "a message flow joins different pools, from what sends to what receives: {detail}",
        "改正消息流的两端",
        "Correct the ends of the message flow",
    ),
}

_ELEMENTS: Final = {
    "unsupported_element": Words(
        "不支持的元素：{detail}",
        "this element does not run here: {detail}",
        "改用任务、网关、子流程和事件",
        "Use tasks, gateways, sub-processes and events",
    ),
    "unsupported_event": Words(
        "此处不支持这种事件：{detail}",
        "this event does not run in this place: {detail}",
        "改用支持的事件：定时、消息、信号、条件、错误、升级",
        "Use a supported event: timer, message, signal, conditional, error, escalation",
    ),
    "complex_gateway": Words(
        "不支持复杂网关",
        "a complex gateway does not run here",
        "用排他、包容、并行网关表达",
        "Say it with exclusive, inclusive and parallel gateways",
    ),
    "ad_hoc": Words(
        "不支持临时子流程",
        "an ad-hoc sub-process does not run here",
        "把步骤连成流程，可选步骤用包容网关",
        "Connect the steps; use an inclusive gateway for optional ones",
    ),
    "choreography": Words(
        "不支持编排元素：{detail}",
        "choreography does not run here: {detail}",
        "画成流程和消息",
        "Draw processes and messages",
    ),
    "compensation": Words(
        "不支持补偿：{detail}",
        "compensation does not run here: {detail}",
        "用错误边界事件引到撤销步骤",
        "Lead an error boundary event to the steps that undo",
    ),
    "link_event": Words(
        "此处不支持链接事件：{detail}",
        "a link does not run in this place: {detail}",
        "直接连线，或用成对的中间链接事件",
        "Draw the flow, or use a pair of intermediate link events",
    ),
    "multiple_event": Words(
        "不支持多重或并行多重事件：{detail}",
        "events with several definitions do not run here: {detail}",
        "拆成几个事件，用事件网关或并行网关组合",
        "Split it into events behind an event-based or parallel gateway",
    ),
    "cancel_outside_transaction": Words(
        "取消事件只能用于事务",
        "cancel belongs to a transaction",
        "把子流程改成事务，或改用错误事件",
        "Make the sub-process a transaction, or use an error",
    ),
    "cancel_uncaught": Words(
        "事务的边界上没有取消事件，取消后无路可走",
        "the transaction has no cancel event on its border: a cancellation would lead nowhere",
        "在事务边界加取消事件，引到后续步骤",
        "Put a cancel event on the transaction's border and lead it on",
    ),
    "correlation": Words(
        "不读取 BPMN 的消息关联：{detail}",
        "BPMN's correlation is not read here: {detail}",
        "删去它，在消息或事件上写属性 key",
        "Remove it and give the message or the event the setting key",
    ),
    "message_key": Words(
        "几个实例同时等这个消息，却没有 key，会由第一个误收：{detail}",
        "several instances wait for this message without a key: the first would take another's: {detail}",
        "写属性 key，使每个实例等自己的消息",
        "Give it the setting key, so that each instance waits for its own",
    ),
    "token_quantity": Words(
        "不支持令牌数量：{detail}",
        "token quantities other than 1 do not run here: {detail}",
        "改用并行网关或多实例",
        "Use a parallel gateway or a multi-instance activity",
    ),
    "instantiate": Words(
        "不支持由它启动流程：{detail}",
        "it cannot start a process here: {detail}",
        "用消息开始事件启动流程",
        "Start the process by a message start event",
    ),
    "loop": Words(
        "不支持这种重复方式：{detail}",
        "this kind of repetition does not run here: {detail}",
        "改用多实例或回路",
        "Use a multi-instance activity or draw the loop",
    ),
    "loop_behaviour": Words(
        "不支持多实例的行为：{detail}",
        "this behaviour of a multi-instance activity does not run here: {detail}",
        "使用 All，完成条件写在 completionCondition",
        "Use All, and a completionCondition",
    ),
    "loop_data": Words(
        "不支持多实例的数据项：{detail}",
        "data items of a multi-instance activity are not read here: {detail}",
        "用 loopCardinality，各实例写自己的列表元素",
        "Use loopCardinality; each instance writes its own element of a list",
    ),
    "loop_cardinality": Words(
        "多实例没有 loopCardinality",
        "the multi-instance activity has no loopCardinality",
        "写出实例数，如 len(opinion.experts)",
        "Write how many, such as len(opinion.experts)",
    ),
    "loop_maximum": Words(
        "最多次数不是正整数：{detail}",
        "the most rounds are no whole number from 1: {detail}",
        "写正整数，或删去 loopMaximum",
        "Write a whole number, or remove loopMaximum",
    ),
    "loop_endless": Words(
        "循环没有条件也没有最多次数，永远不会结束",
        "the loop has neither a condition nor a maximum: it would never end",
        "写 loopCondition 或 loopMaximum",
        "Give it a loopCondition or a loopMaximum",
    ),
    "transaction_method": Words(
        "事务方法不合规：{detail}",
        "the transaction's method is no URI: {detail}",
        "删去 method",
        "Remove method",
    ),
    "data": Words(
        "不使用 BPMN 的数据输入输出：{detail}",
        "BPMN's data inputs and outputs are not read here: {detail}",
        "数据用事实表达：表单、规则、脚本写事实",
        "Facts hold the data: let forms, rules and scripts write them",
    ),
    "service_without_handler": Words(
        "服务任务没有指明规则或外部动作",
        "the service task names neither a rule nor an act",
        "写属性 rule 或 act",
        "Give it the setting rule or act",
    ),
    "service_two_handlers": Words(
        "服务任务同时指明了规则和外部动作",
        "the service task names both a rule and an act",
        "只留一个，另一个另设任务",
        "Keep one and give the other a task of its own",
    ),
    "rule_name": Words(
        "规则名称不合规：{detail}",
        "this is no name of a rule: {detail}",
        "写作 事项.规则@版本，如 recognition.time_limit@1",
        "Write procedure.rule@version, such as recognition.time_limit@1",
    ),
    "decision_missing": Words(
        "业务规则任务没有指明决策表",
        "the business rule task names no decision",
        "写属性 decision",
        "Give it the setting decision",
    ),
    "script_format": Words(
        "脚本语言不支持，会被当作本系统的表达式执行：{detail}",
        "this script language does not run here: {detail}",
        "删去 scriptFormat，脚本写作若干行 事实 = 表达式",
        "Remove scriptFormat and write lines fact = expression",
    ),
    "message_missing": Words(
        "没有指明消息，会直接通过",
        "it names no message and would pass straight through",
        "选一个消息",
        "Choose a message",
    ),
    "message_operation": Words(
        "消息带有数据类型，却没有指明操作：{detail}",
        "the message has a type of data but no operation carries it: {detail}",
        "删去消息的 itemRef，数据写成 payload. 属性",
        "Remove the message's itemRef and write the data as payload. settings",
    ),
    "signal_missing": Words("没有指明信号", "it names no signal", "选一个信号", "Choose a signal"),
    "signal_unthrown": Words(
        "没有任何元素发出这个信号，信号不出案件，永远等不到：{detail}",
        "nothing throws this signal, and signals do not leave a case: it would never come: {detail}",
        "在本事项的图中发出它，或改用消息",
        "Throw it in a diagram of the procedure, or use a message",
    ),
    "error_missing": Words("没有指明错误", "it names no error", "选一个错误", "Choose an error"),
    "escalation_missing": Words("没有指明升级", "it names no escalation", "选一个升级", "Choose an escalation"),
    "condition_missing": Words("条件是空的", "the condition is empty", "写出条件", "Write the condition"),
    "condition_today": Words(
        "条件事件不会因日期到来而触发：{detail}",
        "a condition is asked when something happens, not when a day comes: {detail}",
        "用定时事件等待日期",
        "Wait for a day with a timer event",
    ),
    "call_without_target": Words(
        "调用活动没有指明流程", "the call activity names no process", "写 calledElement", "Give it calledElement"
    ),
    "event_gateway_paths": Words(
        "事件网关至少要有两条路径：{detail}",
        "an event-based gateway has at least two paths: {detail}",
        "再加一条路径，或改成中间事件",
        "Add a path, or use an intermediate event",
    ),
    "event_gateway_target": Words(
        "事件网关之后只能是等待的事件，且只由它进入",
        "an event-based gateway leads only to events that wait, entered from nowhere else",
        "连到消息、定时、信号或条件中间事件",
        "Lead to intermediate message, timer, signal or conditional events",
    ),
    "timer_count": Words(
        "定时事件须有且只有一个时间，现有 {detail} 个",
        "a timer has exactly one time, this one {detail}",
        "timeDate、timeDuration、timeCycle 三者取一",
        "Give one of timeDate, timeDuration, timeCycle",
    ),
    "condition_ignored": Words(
        "此处离开的顺序流不能带条件：{detail}",
        "a flow that leaves here has no condition: {detail}",
        "删去条件，或先经过排他网关",
        "Remove the condition, or lead through an exclusive gateway",
    ),
    "condition_on_only_flow": Words(
        "唯一的顺序流带有条件，条件不成立就无路可走：{detail}",
        "the only flow has a condition: when it is false there is no way on: {detail}",
        "删去条件，或加排他网关和另一条路径",
        "Remove the condition, or add an exclusive gateway with another way",
    ),
    "flow_without_condition": Words(
        "网关有几条路径，这一条没有条件：{detail}",
        "the gateway has several paths and this one has no condition: {detail}",
        "写出条件，或设为默认流",
        "Write a condition, or make it the default",
    ),
    "setting_unknown": Words(
        "此处没有这个属性：{detail}",
        "no such setting is read here: {detail}",
        "改正属性名称或位置",
        "Correct the setting's name or place",
    ),
    "setting_twice": Words("属性写了两次：{detail}", "the setting is given twice: {detail}", "删去一个", "Remove one"),
    "extension": Words(
        "不读取这种扩展：{detail}",
        "this extension is not read here: {detail}",
        "用属性、脚本任务或规则表达",
        "Use settings, a script task or a rule",
    ),
    "performer": Words(
        "不读取 BPMN 的执行人：{detail}",
        "BPMN's performers are not read here: {detail}",
        "用泳道的 role 属性指明岗位",
        "Give the lane the setting role",
    ),
    "setting": Words(
        "属性的内容不合规：{detail}",
        "the setting's content is wrong: {detail}",
        "改正属性的内容",
        "Correct the setting",
    ),
    "separate_from": Words(
        "职责分离所指的元素不存在：{detail}",
        "separation names an element that does not exist: {detail}",
        "写元素编号，用逗号分开",
        "Name element ids, parted by commas",
    ),
    "officers": Words("人数只能是 1 或 2：{detail}", "officers is 1 or 2: {detail}", "写 1 或 2", "Write 1 or 2"),
    "role_missing": Words(
        "人工任务不在有岗位的泳道里，没有人看得到它",
        "the user task stands in no lane with a role: nobody would see it",
        "放进带有 role 属性的泳道",
        "Put it into a lane with the setting role",
    ),
}

_LANGUAGE: Final = {
    "timer": Words(
        "时间写法不对：{detail}",
        "this is no time we read: {detail}",
        '写带引号的 ISO 时长如 "P10D"、期限如 D05 -7d，或给出时刻的表达式',
        'Write an ISO duration in quotes, "P10D", a limit, D05 -7d, or an expression that gives an instant',
    ),
    "bare_word": Words(
        "只有一个词，不是条件、数量或时间：{detail}",
        "a single word is neither a condition, a number nor a time: {detail}",
        "文字加引号；事实写作 事物.字段",
        "Put text into quotes; write facts as thing.field",
    ),
    "deadline": Words(
        "期限属性写法不对：{detail}",
        "this is no deadline setting: {detail}",
        "写作 D05 on=acceptance.decided_on，几个用分号分开",
        "Write D05 on=acceptance.decided_on, several by semicolons",
    ),
    "expression_language": Words(
        "条件的语言不是本系统的：{detail}",
        "the condition is in another language: {detail}",
        "删去 language，用本系统的表达式",
        "Remove language and write it in ours",
    ),
    "expression_too_long": Words("表达式太长：{detail}", "the expression is too long: {detail}", "拆开写", "Split it"),
    "expression_too_deep": Words(
        "表达式嵌套太深：{detail}", "the expression is nested too deep: {detail}", "拆开写", "Split it"
    ),
    "expression_syntax": Words(
        "表达式语法有误：{detail}", "the expression has a syntax error: {detail}", _SYNTAX, _SYNTAX_EN
    ),
    "expression_empty": Words("没有内容", "it is empty", "写出表达式", "Write an expression"),
    "expression_comment": Words(
        "条件中不能有注释：{detail}", "a condition holds no comment: {detail}", "删去注释", "Remove the comment"
    ),
    "expression_escape": Words(
        "不能用反斜线：{detail}", "backslashes are not allowed: {detail}", "删去反斜线", "Remove it"
    ),
    "expression_construct": Words(
        "不支持的写法：{detail}", "this is not in the language: {detail}", _SYNTAX, _SYNTAX_EN
    ),
    "expression_operator": Words(
        "不支持的运算：{detail}",
        "this operator is not in the language: {detail}",
        "用 + - * / // %、比较、in、and、or、not",
        "Use + - * / // %, comparisons, in, and, or, not",
    ),
    "expression_name": Words(
        "名称不合规：{detail}",
        "this is no name of a fact: {detail}",
        "事实写作 事物.字段",
        "Write facts as thing.field",
    ),
    "expression_number": Words(
        "数字写法不对：{detail}",
        "this is no number we read: {detail}",
        "写普通的十进制数",
        "Write plain decimal numbers",
    ),
    "expression_literal": Words(
        "不支持的字面值：{detail}", "this literal is not in the language: {detail}", _SYNTAX, _SYNTAX_EN
    ),
    "expression_null_comparison": Words(
        "与空值比较总是不成立：{detail}",
        "a comparison with null is always false: {detail}",
        "用 known(事实) 判断是否有值",
        "Ask known(fact)",
    ),
    "expression_call": Words(
        "没有这个函数：{detail}",
        "there is no such function: {detail}",
        "用列出的函数；金额取整由规则完成",
        "Use the listed functions; rounding is the work of a rule",
    ),
    "expression_arguments": Words(
        "参数个数不对：{detail}", "wrong number of arguments: {detail}", "改正参数", "Correct the arguments"
    ),
    "expression_assignment": Words(
        "脚本的每一行应是 事实 = 表达式：{detail}",
        "each line of a script is fact = expression: {detail}",
        "改成赋值",
        "Write assignments",
    ),
}

_CONCURRENCY: Final = {
    "block_in_loop": Words(
        "回路会再次进入并行块：{detail}",
        "a loop enters this parallel block again: {detail}",
        "把并行块放进单独的子流程",
        "Put the parallel block into a sub-process of its own",
    ),
    "deadlock": Words(
        "并行汇合等待的分支不会都走到，案件会永远停在这里：{detail}",
        "not all the branches this parallel join waits for are taken: the case would stay here for ever: {detail}",
        "用与分支相同的网关汇合：排他分支用排他网关，包容分支用包容网关",
        "Join them by a gateway of the kind that splits them: exclusive for exclusive, inclusive for inclusive",
    ),
    "branch_leaves": Words(
        "有的分支离开并行块而不到汇合处，其余分支会永远等在那里：{detail}",
        "a branch can leave the block without coming to this join, where the others then wait for ever: {detail}",
        "让这条分支也走到汇合处，或以终止、错误结束事件结束整个块",
        "Lead that branch to the join too, or end the whole block by a terminate or error end event",
    ),
    "written_twice": Words(
        "可能同时进行的分支都写这个事实：{detail}",
        "branches that may run together both write this fact: {detail}",
        "各写各的事实，或将它声明为只追加的列表",
        "Let each write a fact of its own, or declare it append_only",
    ),
}

_DECISIONS: Final = {
    "not_dmn": Words("不是 DMN 文件：{detail}", "not a DMN file: {detail}", "以 DMN 格式导出", "Export it as DMN"),
    "no_table": Words(
        "没有决策表：{detail}", "it holds no decision table: {detail}", "用决策表表达", "Write a decision table"
    ),
    "several_decisions": Words(
        "一个文件只能有一个决策：{detail}", "a file holds one decision: {detail}", "拆成几个文件", "Split the file"
    ),
    "required_decision": Words(
        "不支持决策之间的依赖：{detail}",
        "a decision that needs another does not run here: {detail}",
        "先后用两个业务规则任务",
        "Use two business rule tasks in a row",
    ),
    "hit_policy": Words(
        "不支持的命中策略：{detail}",
        "this hit policy does not run here: {detail}",
        "用 UNIQUE、FIRST、ANY、COLLECT 或 RULE ORDER",
        "Use UNIQUE, FIRST, ANY, COLLECT or RULE ORDER",
    ),
    "aggregation": Words(
        "不支持的汇总：{detail}",
        "this aggregation does not run here: {detail}",
        "COLLECT 可用 SUM、MIN、MAX、COUNT",
        "COLLECT takes SUM, MIN, MAX or COUNT",
    ),
    "no_input": Words("没有输入列：{detail}", "it has no input: {detail}", "加一个输入列", "Add an input"),
    "no_output": Words("没有输出列：{detail}", "it has no output: {detail}", "加一个输出列", "Add an output"),
    "output_name": Words(
        "输出列的名称不是事实：{detail}",
        "the output's name is no fact: {detail}",
        "写要写入的事实，事物.字段",
        "Name the fact it writes, thing.field",
    ),
    "duplicate_output": Words(
        "两个输出列写同一事实：{detail}", "two outputs write one fact: {detail}", "删去一列", "Remove one"
    ),
    "cells": Words("行的格数不对：{detail}", "the row has too few or too many cells: {detail}", "补齐", "Complete it"),
    "unary_test": Words(
        "单元格里的比较没有用到输入：{detail}",
        "the cell compares without its input: {detail}",
        '写 > 48、"甲"，或含 ? 的完整条件',
        "Write > 48, a value, or a whole condition with ?",
    ),
    "no_rules": Words("没有行：{detail}", "it has no rows: {detail}", "加一行", "Add a row"),
    "rows_overlap": Words(
        "UNIQUE 表中两行会同时成立：{detail}",
        "two rows of a UNIQUE table fit the same facts: {detail}",
        "改正条件，或改用 FIRST",
        "Correct the conditions, or use FIRST",
    ),
}

#: Hints: they do not stop a publication.
_HINTS: Final = {
    "no_default": Words(
        "没有默认流，条件都不成立时案件会停下",
        "without a default flow the case stops when no condition holds",
        "设一条默认流",
        "Set a default flow",
    ),
    "no_default_row": Words(
        "没有兜底的行，也没有默认输出，无一行成立时案件会停下",
        "without a last row for everything else or default outputs the case stops when no row fits",
        "加一行空条件，或写默认输出",
        "Add a row of empty cells, or default outputs",
    ),
    "label": Words("没有名称", "it has no label", "写上名称", "Label it"),
    "fake_join": Words(
        "几条顺序流直接进入，每条都会执行一次",
        "several flows come in: it runs once for each",
        "需要汇合时加网关",
        "Add a gateway if they are to join",
    ),
    "superfluous": Words("这个元素没有作用", "it does nothing", "可以删去", "It may be removed"),
    "not_drawn": Words("图上没有画出", "it is not drawn", "运行 layout，或画出它", "Run layout, or draw it"),
    "implicit_split": Words(
        "活动之后有几条顺序流，会同时进行",
        "several flows leave: they run side by side",
        "画出并行网关更清楚",
        "A parallel gateway would say so",
    ),
    "join_fork": Words("同一个网关既汇合又分开", "one gateway joins and forks", "拆成两个网关", "Use two gateways"),
    "foreign_extension": Words(
        "其他工具的设置不会被读取：{detail}",
        "settings of another tool are not read: {detail}",
        "需要的内容用属性表达",
        "Say what is needed by settings of ours",
    ),
    "drawing": Words(
        "图形引用的元素不存在：{detail}", "a shape stands for nothing: {detail}", "删去该图形", "Remove the shape"
    ),
}

WORDS: Final[Mapping[str, Words]] = _FILES | _STRUCTURE | _ELEMENTS | _LANGUAGE | _CONCURRENCY | _DECISIONS | _HINTS


def refusal(file: str, element: str, code: str, detail: str = "") -> Refusal:
    """Make a refusal in both languages.

    Args:
        file: path of the file.
        element: id of the element, or empty.
        code: a key of ``WORDS``.
        detail: what was found.
    """
    words = WORDS[code]

    def say(text: str) -> str:
        return text.replace("{detail}", detail).rstrip("：: ")

    return Refusal(
        file=file,
        element=element,
        code=code,
        reason={"zh": say(words.reason), "en": say(words.reason_en)},
        remedy={"zh": say(words.remedy), "en": say(words.remedy_en)},
    )
