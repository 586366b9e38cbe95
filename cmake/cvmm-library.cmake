# SPDX-License-Identifier: Apache-2.0 OR MIT
#
# cvmm_library(<name> SOURCES <file>... HEADERS <file>... [DEPENDS <library>...])
#
# Adds one c-vmm library the way all of them are built: target <name> (static, or shared with BUILD_SHARED_LIBS), alias
# cvmm::<name>, hidden visibility, the symbol map <name>.map for the shared build, installed headers, an exported
# target and a pkg-config file. Headers are listed relative to include/cvmm/<name>/.
#
# Install components: <name> is what a program needs to run (nothing, of a static build), <name>-dev what a build needs.
# An installed shared build brings the archive along, as Debian's -dev packages do; CMake's targets are the shared ones.
include_guard()
include(GNUInstallDirs)

set(CVMM_ROOT ${CMAKE_CURRENT_LIST_DIR}/..)
set(CVMM_SOVERSION 0)
option(CVMM_INSTALL "Install the libraries" ${PROJECT_IS_TOP_LEVEL})

# A library folder that is configured alone brings the libraries that it uses along.
function(cvmm_need)
	foreach(lib IN LISTS ARGN)
		if(NOT TARGET cvmm::${lib})
			add_subdirectory(${CVMM_ROOT}/${lib} ${CMAKE_BINARY_DIR}/${lib})
		endif()
	endforeach()
endfunction()

function(cvmm_pkgconfig name depends)
	list(TRANSFORM depends PREPEND "cvmm-")
	list(JOIN depends ", " requires)
	file(CONFIGURE OUTPUT cvmm-${name}.pc @ONLY CONTENT
		"prefix=@CMAKE_INSTALL_PREFIX@
libdir=\${prefix}/@CMAKE_INSTALL_LIBDIR@
includedir=\${prefix}/@CMAKE_INSTALL_INCLUDEDIR@

Name: cvmm-@name@
Description: c-vmm: @name@
Version: @CVMM_VERSION@
Requires: @requires@
Libs: -L\${libdir} -lcvmm-@name@
Cflags: -I\${includedir}
")
	install(FILES ${CMAKE_CURRENT_BINARY_DIR}/cvmm-${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
		COMPONENT ${name}-dev)
endfunction()

function(cvmm_install name depends)
	get_target_property(type ${name} TYPE)
	install(TARGETS ${name} EXPORT cvmm-${name}
		LIBRARY COMPONENT ${name} NAMELINK_COMPONENT ${name}-dev
		ARCHIVE COMPONENT ${name}-dev
		FILE_SET HEADERS COMPONENT ${name}-dev)
	if(type STREQUAL "SHARED_LIBRARY")
		add_library(${name}-archive STATIC $<TARGET_OBJECTS:${name}>)
		set_target_properties(${name}-archive PROPERTIES OUTPUT_NAME cvmm-${name} LINKER_LANGUAGE C)
		install(TARGETS ${name}-archive ARCHIVE COMPONENT ${name}-dev)
	endif()
	install(EXPORT cvmm-${name} NAMESPACE cvmm:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cvmm COMPONENT ${name}-dev)
	cvmm_pkgconfig(${name} "${depends}")
endfunction()

function(cvmm_library name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;HEADERS;DEPENDS")
	cvmm_need(${arg_DEPENDS})
	set(CVMM_VERSION 0.1.0)

	add_library(${name} ${arg_SOURCES})
	add_library(cvmm::${name} ALIAS ${name})
	list(TRANSFORM arg_HEADERS PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/include/cvmm/${name}/)
	target_sources(${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${CMAKE_CURRENT_SOURCE_DIR}/include FILES ${arg_HEADERS})
	list(TRANSFORM arg_DEPENDS PREPEND cvmm:: OUTPUT_VARIABLE targets)
	target_link_libraries(${name} PUBLIC ${targets})
	target_compile_features(${name} PUBLIC c_std_11)
	set_target_properties(${name} PROPERTIES
		OUTPUT_NAME cvmm-${name}
		EXPORT_NAME ${name}
		C_VISIBILITY_PRESET hidden
		POSITION_INDEPENDENT_CODE ON
		VERSION ${CVMM_VERSION}
		SOVERSION ${CVMM_SOVERSION})
	get_target_property(type ${name} TYPE)
	if(type STREQUAL "SHARED_LIBRARY")
		set(map ${CMAKE_CURRENT_SOURCE_DIR}/${name}.map)
		target_link_options(${name} PRIVATE "LINKER:--version-script=${map}" "LINKER:--no-undefined")
		set_target_properties(${name} PROPERTIES LINK_DEPENDS ${map})
	endif()

	if(CVMM_INSTALL)
		cvmm_install(${name} "${arg_DEPENDS}")
	endif()
endfunction()
