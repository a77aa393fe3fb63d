# Prepares a Redmine for the test: the REST API, a role, accounts, a project and the custom field of the mark. It may run again.
# Prints what the test needs as JSON.
Setting.rest_api_enabled = "1"
Setting.text_formatting = "textile"
Redmine::DefaultData::Loader.load("en") if Redmine::DefaultData::Loader.no_data?

role = Role.find_or_initialize_by(name: "Incident bot")
role.assignable = true
role.permissions = %i[view_issues add_issues edit_issues add_issue_notes view_issue_watchers add_issue_watchers manage_issue_relations]
role.save!

# Every status but one leads to every other.
Tracker.all.each do |tracker|
  WorkflowTransition.where(role_id: role.id, tracker_id: tracker.id).delete_all
  IssueStatus.all.each do |from|
    IssueStatus.where.not(id: from.id).where.not(name: "Rejected").each do |to|
      WorkflowTransition.create!(tracker_id: tracker.id, role_id: role.id, old_status_id: from.id, new_status_id: to.id)
    end
  end
  WorkflowTransition.create!(tracker_id: tracker.id, role_id: role.id, old_status_id: 0, new_status_id: tracker.default_status_id)
end

people = [%w[hotroom Hot Room], %w[ann Ann Lee], %w[ben Ben Roy]].map do |login, first, last|
  user = User.find_by_login(login) || User.new(firstname: first, lastname: last, mail: "#{login}@example.com")
  user.login = login
  user.password = user.password_confirmation = "password of #{login}"
  user.status = User::STATUS_ACTIVE
  user.save!
  user
end

project = Project.find_by_identifier("shop") || Project.create!(
  name: "Shop", identifier: "shop", is_public: true, trackers: Tracker.all, enabled_module_names: ["issue_tracking"]
)
people.each { |user| Member.create!(project: project, user: user, roles: [role]) unless project.users.include?(user) }
IssueCategory.find_or_create_by!(project: project, name: "checkout")
field = IssueCustomField.find_by_name("hotroom") || IssueCustomField.create!(
  name: "hotroom", field_format: "string", is_filter: true, is_for_all: true, visible: true, editable: true,
  tracker_ids: Tracker.pluck(:id)
)

bot, ann, ben = people
puts({ key: bot.api_key, ann_key: ann.api_key, ann: ann.id, ben: ben.id, field: field.id }.to_json)
