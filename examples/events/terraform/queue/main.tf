terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.0" }
  }
}

variable "name" {
  description = "Of the queue, of the event bus, and the beginning of the names of the rules."
  type        = string
  default     = "keyferry-events"
}

variable "sender_accounts" {
  description = "Other accounts that forward their events to the bus."
  type        = list(string)
  default     = []
}

locals {
  # One for each kind of event that keyferry knows.
  patterns = {
    secret-labels = {
      source      = ["aws.secretsmanager"]
      detail-type = ["Secret Label Updated"]
    }
    # CloudTrail tells of these two.
    secret-calls = {
      source      = ["aws.secretsmanager"]
      detail-type = ["AWS API Call via CloudTrail"]
      detail = {
        eventName = ["CreateSecret", "DeleteSecret", "PutSecretValue", "RestoreSecret", "UpdateSecret", "UpdateSecretVersionStage"]
        errorCode = [{ exists = false }]
      }
    }
    secret-rotations = {
      source      = ["aws.secretsmanager"]
      detail-type = ["AWS Service Event via CloudTrail"]
      detail      = { eventName = ["RotationSucceeded"] }
    }
    parameters = {
      source      = ["aws.ssm"]
      detail-type = ["Parameter Store Change"]
      detail      = { operation = ["Create", "Update", "Delete", "LabelParameterVersion"] }
    }
  }
}

# What could not be worked off ten times, for people to look at.
resource "aws_sqs_queue" "dead_letters" {
  name                      = "${var.name}-dead"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue" "queue" {
  name                      = var.name
  message_retention_seconds = 345600
  sqs_managed_sse_enabled   = true
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = 10
  })
}

data "aws_iam_policy_document" "queue" {
  statement {
    effect    = "Allow"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.queue.arn]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = concat([for rule in aws_cloudwatch_event_rule.change : rule.arn], [aws_cloudwatch_event_rule.forwarded.arn])
    }
  }
  statement {
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [aws_sqs_queue.queue.arn]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sqs_queue_policy" "queue" {
  queue_url = aws_sqs_queue.queue.id
  policy    = data.aws_iam_policy_document.queue.json
}

data "aws_iam_policy_document" "reader" {
  statement {
    effect    = "Allow"
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage"]
    resources = [aws_sqs_queue.queue.arn]
  }
}

# Attach it to the role that reads the queue.
resource "aws_iam_policy" "reader" {
  name_prefix = "${var.name}-reader-"
  description = "Lets keyferry read its queue of events"
  policy      = data.aws_iam_policy_document.reader.json
}

resource "aws_cloudwatch_event_rule" "change" {
  for_each      = local.patterns
  name          = "${var.name}-${each.key}"
  event_pattern = jsonencode(each.value)
}

resource "aws_cloudwatch_event_target" "change" {
  for_each  = local.patterns
  rule      = aws_cloudwatch_event_rule.change[each.key].name
  target_id = "queue"
  arn       = aws_sqs_queue.queue.arn
}

# Where the module forward sends the events of other accounts and Regions.
resource "aws_cloudwatch_event_bus" "bus" {
  name = var.name
}

data "aws_iam_policy_document" "bus" {
  statement {
    sid       = "senders"
    effect    = "Allow"
    actions   = ["events:PutEvents"]
    resources = [aws_cloudwatch_event_bus.bus.arn]
    principals {
      type        = "AWS"
      identifiers = var.sender_accounts
    }
  }
}

resource "aws_cloudwatch_event_bus_policy" "bus" {
  count          = length(var.sender_accounts) == 0 ? 0 : 1
  event_bus_name = aws_cloudwatch_event_bus.bus.name
  policy         = data.aws_iam_policy_document.bus.json
}

resource "aws_cloudwatch_event_rule" "forwarded" {
  name           = "${var.name}-forwarded"
  event_bus_name = aws_cloudwatch_event_bus.bus.name
  event_pattern  = jsonencode({ source = ["aws.secretsmanager", "aws.ssm"] })
}

resource "aws_cloudwatch_event_target" "forwarded" {
  rule           = aws_cloudwatch_event_rule.forwarded.name
  event_bus_name = aws_cloudwatch_event_bus.bus.name
  target_id      = "queue"
  arn            = aws_sqs_queue.queue.arn
}

output "queue_url" {
  description = "For events.queueUrl of the chart."
  value       = aws_sqs_queue.queue.url
}

output "bus_arn" {
  description = "For the module forward."
  value       = aws_cloudwatch_event_bus.bus.arn
}

output "reader_policy_arn" {
  description = "For the role that reads the queue."
  value       = aws_iam_policy.reader.arn
}
